/** S34 and S35: ports and limits of the kinds with tiers. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, judged, loadText } from './clause.ts';
import { anp, banp, cnp } from './documents.ts';

const ALL = 'subject: { namespaces: {} }';
const deny = (ports: string): string =>
  `priority: 1\n${ALL}\ningress: [{ action: Deny, from: [{ namespaces: {} }], ports: ${ports} }]`;
const denyV2 = (protocols: string): string =>
  `tier: Admin\npriority: 1\n${ALL}\ningress: [{ action: Deny, from: [{ namespaces: {} }], protocols: ${protocols} }]`;

judged(
  'S34',
  'portNumber is TCP unless it says otherwise',
  [
    anp(
      'a',
      deny(
        '[{ portNumber: { port: 80 } }, { portNumber: { port: 53, protocol: UDP } }, { portNumber: { port: 9, protocol: SCTP } }]',
      ),
    ),
  ],
  `shop/web -> bank/db tcp/80 udp/53 sctp/9: deny
   shop/web -> bank/db udp/80 tcp/53 tcp/9 icmp: allow`,
);

judged(
  'S34',
  'portRange holds both its ends, is TCP unless it says otherwise, and may be one port',
  [
    anp(
      'a',
      deny('[{ portRange: { start: 80, end: 90 } }, { portRange: { protocol: UDP, start: 5, end: 5 } }]'),
    ),
  ],
  `shop/web -> bank/db tcp/80 tcp/90 udp/5: deny
   shop/web -> bank/db tcp/79 tcp/91 udp/80 udp/4 udp/6: allow`,
);

judged(
  'S34',
  'namedPort has whatever protocol the pod gives it',
  [anp('a', deny('[{ namedPort: dns }]'))],
  `shop/web -> shop/db udp/53 tcp/5353: deny
   shop/web -> shop/db tcp/53 udp/5353: allow
   shop/web -> bank/db udp/53: allow`,
);

judged(
  'S34',
  'v1alpha2: tcp, udp and sctp with a number or a range',
  [
    cnp(
      'a',
      denyV2(
        '[{ tcp: { destinationPort: { number: 80 } } }, { udp: { destinationPort: { range: { start: 10, end: 20 } } } }, { sctp: { destinationPort: { number: 9 } } }]',
      ),
    ),
  ],
  `shop/web -> bank/db tcp/80 udp/10 udp/20 sctp/9: deny
   shop/web -> bank/db udp/80 tcp/10 udp/9 udp/21 tcp/9 icmp: allow`,
);

judged(
  'S34',
  'v1alpha2: destinationNamedPort has whatever protocol the pod gives it',
  [cnp('a', denyV2('[{ destinationNamedPort: dns }]'))],
  `shop/web -> shop/db udp/53 tcp/5353: deny
   shop/web -> shop/db tcp/53 udp/5353: allow`,
);

for (const protocol of ['tcp', 'udp', 'sctp'])
  judged(
    'S34',
    `v1alpha2: \`${protocol}: {}\` is every ${protocol} port, with a warning`,
    [cnp('a', denyV2(`[{ ${protocol}: {} }]`))],
    `shop/web -> bank/db ${protocol}/0 ${protocol}/65535: deny
     shop/web -> bank/db ${['tcp/1', 'udp/1', 'sctp/1'].filter((port) => !port.startsWith(protocol)).join(' ')} icmp: allow`,
    { messages: ['port-every'] },
  );

for (const [document, code] of [
  [anp('a', deny('[{ portNumber: { port: 80 }, namedPort: http }]')), 'port-ambiguous'],
  [anp('a', deny('[{ portRange: { start: 81, end: 80 } }]')), 'port-range'],
  [anp('a', deny('[{ portRange: { start: 80 } }]')), 'field-missing'],
  [anp('a', deny('[{ portNumber: { port: 0 } }]')), 'field-value'],
  [anp('a', deny('[{ portNumber: { port: 65536 } }]')), 'field-value'],
  [anp('a', deny('[{ portNumber: { protocol: UDP } }]')), 'field-missing'],
  [
    cnp(
      'a',
      denyV2('[{ tcp: { destinationPort: { number: 80 } }, udp: { destinationPort: { number: 80 } } }]'),
    ),
    'port-ambiguous',
  ],
  [cnp('a', denyV2('[{ tcp: { destinationPort: { range: { start: 80, end: 79 } } } }]')), 'port-range'],
  [
    cnp('a', `tier: Admin\npriority: 1\n${ALL}\ningress: [{ action: Allow, from: [{ namespaces: {} }] }]`),
    'action-other-version',
  ],
  [
    anp('a', `priority: 1\n${ALL}\ningress: [{ action: Accept, from: [{ namespaces: {} }] }]`),
    'action-other-version',
  ],
] as const)
  clause('S34', `invalid (${code}): ${document.split('\n').at(-1)?.trim()}`, async () => {
    const { objects, diagnostics } = await loadText(document);
    assert.equal(
      diagnostics.map((one) => one.code),
      [code],
    );
    assert.is(objects.length, 0);
  });

const times = (count: number, item: (i: number) => string): string =>
  `[${Array.from({ length: count }, (_, i) => item(i)).join(', ')}]`;
const rule = (action: string): string => `{ action: ${action}, from: [{ namespaces: {} }] }`;
const admin = (rest: string, priority = '1'): string => anp('a', `priority: ${priority}\n${ALL}\n${rest}`);
const cluster = (rest: string, priority = '1'): string =>
  cnp('a', `tier: Baseline\npriority: ${priority}\n${ALL}\n${rest}`);
const named = (name: string): string =>
  `ingress: [{ name: ${JSON.stringify(name)}, action: Deny, from: [{ namespaces: {} }] }]`;
const port = (i: number): string => `{ portNumber: { port: ${i + 1} } }`;
const tcp = (i: number): string => `{ tcp: { destinationPort: { number: ${i + 1} } } }`;
const net = (i: number): string => `10.0.${i}.0/24`;
const dns = (i: number): string => `n${i}.example.com`;
const namespaces = (): string => '{ namespaces: {} }';

/** What is limited; a document with so many of it; the most that is allowed. */
const LIMITS: readonly (readonly [
  what: string,
  document: (count: number) => string,
  most: number,
  code?: string,
])[] = [
  ['the priority of v1alpha1', (n) => admin('', String(n)), 1000, 'field-value'],
  ['the priority of v1alpha2', (n) => cluster('', String(n)), 1000, 'field-value'],
  ['ingress rules of v1alpha1', (n) => admin(`ingress: ${times(n, () => rule('Deny'))}`), 100],
  [
    'egress rules of v1alpha1',
    (n) => admin(`egress: ${times(n, () => '{ action: Deny, to: [{ nodes: {} }] }')}`),
    100,
  ],
  ['rules of the Baseline kind', (n) => banp(`${ALL}\ningress: ${times(n, () => rule('Deny'))}`), 100],
  ['peers of v1alpha1', (n) => admin(`ingress: [{ action: Deny, from: ${times(n, namespaces)} }]`), 100],
  [
    'ports of v1alpha1',
    (n) => admin(`ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: ${times(n, port)} }]`),
    100,
  ],
  ['rules of v1alpha2', (n) => cluster(`ingress: ${times(n, () => rule('Deny'))}`), 25],
  ['peers of v1alpha2', (n) => cluster(`ingress: [{ action: Deny, from: ${times(n, namespaces)} }]`), 25],
  [
    'protocols of v1alpha2',
    (n) => cluster(`ingress: [{ action: Deny, from: [{ namespaces: {} }], protocols: ${times(n, tcp)} }]`),
    25,
  ],
  [
    'networks of v1alpha1',
    (n) => admin(`egress: [{ action: Deny, to: [{ networks: ${times(n, net)} }] }]`),
    25,
  ],
  [
    'networks of v1alpha2',
    (n) => cluster(`egress: [{ action: Deny, to: [{ networks: ${times(n, net)} }] }]`),
    25,
  ],
  [
    'domainNames of v1alpha1',
    (n) => admin(`egress: [{ action: Allow, to: [{ domainNames: ${times(n, dns)} }] }]`),
    25,
  ],
  [
    'domainNames of v1alpha2',
    (n) => cluster(`egress: [{ action: Accept, to: [{ domainNames: ${times(n, dns)} }] }]`),
    25,
  ],
  ['the length of a rule name', (n) => admin(named('x'.repeat(n))), 100],
  ['the length of a rule name in characters, not bytes', (n) => admin(named('\u{1f600}'.repeat(n))), 100],
];

for (const [what, document, most, code = 'too-many'] of LIMITS)
  clause('S35', `${what}: ${most} and no more`, async () => {
    const fine = await loadText(document(most));
    assert.equal(fine.diagnostics, []);
    assert.is(fine.objects.length, 1);
    const wrong = await loadText(document(most + 1));
    assert.equal(
      wrong.diagnostics.map((one) => one.code),
      [code],
    );
    assert.is(wrong.objects.length, 0);
  });

clause('S35', 'priority 0 is the first, and below it is none', async () => {
  assert.equal((await loadText(admin('', '0'))).diagnostics, []);
  assert.equal(
    (await loadText(admin('', '-1'))).diagnostics.map(({ code }) => code),
    ['field-value'],
  );
  assert.equal(
    (await loadText(admin('', '1.5'))).diagnostics.map(({ code }) => code),
    ['field-type'],
  );
});

clause('S35', 'a rule name may hold any character', async () => {
  const name = '"\'\n\r\t;#}{*/\\$`@ä\u{1f600}\u0000';
  const { objects, diagnostics } = await loadText(admin(named(name)));
  assert.equal(diagnostics, []);
  const [policy] = objects;
  assert.ok(policy && 'rules' in policy);
  assert.is(policy.rules.ingress[0]?.name, name);
});

test.run();
