/** S36 and S37: silent drops, and rules about DNS names. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { printRuleset } from '../../src/nft/print.ts';
import { address, clause, inWorld, judged, loadText, rulesetOf } from './clause.ts';
import { anp, banp, cnp, np } from './documents.ts';

const NAMES = `priority: 5
subject: { namespaces: { matchLabels: { team: red } } }
egress:
  - { action: Allow, to: [{ namespaces: {} }] }
  - { action: Allow, to: [{ domainNames: [example.com, "*.example.org"] }], ports: [{ portNumber: { port: 443 } }] }`;
const NO_EGRESS = 'podSelector: {}\npolicyTypes: [Egress]';

clause('S36', 'a denial is a silent drop: nothing in a ruleset refuses', async () => {
  const { objects } = await inWorld(
    np('shop', 'in', 'podSelector: {}'),
    np('shop', 'out', NO_EGRESS),
    banp('subject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]'),
  );
  const ruleset = rulesetOf(objects);
  const statements = ruleset.chains.flatMap(({ rules }) => rules.flatMap((rule) => rule.statements));
  assert.ok(statements.some(({ kind }) => kind === 'drop'));
  assert.not(/\b(reject|refuse|tcp reset)\b/.test(printRuleset(ruleset)));
});

judged(
  'S36',
  'a denied ping is as silent',
  [np('shop', 'in', 'podSelector: {}')],
  'world -> shop/db icmp tcp/80: deny',
);

judged(
  'S37',
  'a name that may match leaves open what would be denied, on its ports only',
  [anp('names', NAMES), np('shop', 'out', NO_EGRESS)],
  `shop/web -> world tcp/443: unresolved
   shop/web -> world tcp/80 udp/443 udp/53 tcp/53 icmp: deny
   shop/web -> bank/web tcp/80 tcp/443: allow
   bank/web -> world tcp/443: allow`,
);

judged(
  'S37',
  'a name changes nothing about what is allowed anyway',
  [
    anp('names', NAMES),
    np('shop', 'out', `${NO_EGRESS}\negress: [{ to: [{ ipBlock: { cidr: 203.0.113.0/24 } }] }]`),
  ],
  `shop/web@4 -> world tcp/443 tcp/80: allow
   shop/web@6 -> world tcp/443: unresolved`,
);

judged(
  'S37',
  'a denial that comes before the name’s rule stands, one that comes after waits for the name',
  [
    anp(
      'first',
      'priority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\negress: [{ action: Deny, to: [{ networks: [203.0.113.0/25] }] }]',
    ),
    anp('names', NAMES),
    anp(
      'last',
      'priority: 9\nsubject: { namespaces: { matchLabels: { team: red } } }\negress: [{ action: Deny, to: [{ networks: [203.0.113.0/24] }] }]',
    ),
  ],
  `shop/web -> 203.0.113.7 tcp/443: deny
   shop/web -> 203.0.113.200 tcp/443: unresolved
   shop/web -> 203.0.113.200 tcp/80: deny
   shop/web@4 -> 198.51.100.1 tcp/443: allow`,
);

judged(
  'S37',
  'names stand in Accept rules of both tiers of ClusterNetworkPolicy too',
  [
    cnp(
      'a',
      'tier: Admin\npriority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\negress: [{ action: Accept, to: [{ domainNames: [example.com] }] }]',
    ),
    cnp(
      'b',
      'tier: Baseline\npriority: 1\nsubject: { namespaces: { matchLabels: { team: blue } } }\negress: [{ action: Accept, to: [{ domainNames: [example.com] }] }, { action: Deny, to: [{ networks: ["0.0.0.0/0", "::/0"] }] }]',
    ),
    np('shop', 'out', NO_EGRESS),
  ],
  `shop/web -> world tcp/443 icmp: unresolved
   bank/web -> world tcp/443 icmp: unresolved
   lab/tool -> world tcp/443: allow`,
);

clause('S37', 'once names are known the verdict is final: allowed by a name, else denied', async () => {
  const { objects } = await inWorld(anp('names', NAMES), np('shop', 'out', NO_EGRESS));
  const snapshot = new Snapshot(objects);
  const [source, destination] = [address('10.0.1.11'), address('203.0.113.7')];
  const attempt = { source, destination, protocol: 6, port: 443 };
  const ask = (...names: string[]) => snapshot.judge('node-1', attempt, new Set(names)).verdict;
  assert.is(ask('example.com'), 'allow');
  assert.is(ask('*.example.org', 'other.net'), 'allow');
  assert.is(ask('other.net'), 'deny');
  assert.is(ask(), 'deny'); // after the TTL
});

for (const [written, read] of [
  ['example.com', 'example.com'],
  ['example.com.', 'example.com'],
  ['WWW.Example.COM', 'www.example.com'],
  ['*.example.com', '*.example.com'],
  ['*.example.com.', '*.example.com'],
  ['_srv.a-b.example', '_srv.a-b.example'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
] as const)
  clause('S37', `the name ${written} is read as ${read}`, async () => {
    const { objects, diagnostics } = await loadText(
      anp(
        'a',
        `priority: 1\nsubject: { namespaces: {} }\negress: [{ action: Allow, to: [{ domainNames: ["${written}"] }] }]`,
      ),
    );
    assert.equal(diagnostics, []);
    const [policy] = objects;
    assert.ok(policy && 'rules' in policy);
    assert.equal(policy.rules.egress[0]?.peers, [{ kind: 'domain', name: read }]);
  });

for (const name of [
  '',
  '*',
  '*.',
  'a.*.example.com',
  '**.example.com',
  '*example.com',
  'foo*.example.com',
  'exa mple.com',
  'a..b',
  '.example.com',
  'example.com..',
  '-a.example.com',
  `${'a'.repeat(64)}.com`,
  'http://example.com',
  'example.com:443',
  'ex\\"ample.com',
])
  clause('S37', `${JSON.stringify(name)} is no domain name`, async () => {
    const { objects, diagnostics } = await loadText(
      anp(
        'a',
        `priority: 1\nsubject: { namespaces: {} }\negress: [{ action: Allow, to: [{ domainNames: ["${name}"] }] }]`,
      ),
    );
    assert.equal(
      diagnostics.map(({ code }) => code),
      ['domain-name'],
    );
    assert.is(objects.length, 0);
  });

test.run();
