/** S33: what this version does not know fails closed, by whole rule. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, inWorld, judged } from './clause.ts';
import { anp, banp, cnp, np } from './documents.ts';

const ANP = 'priority: 1\nsubject: { namespaces: {} }';
const CNP = `tier: Admin\n${ANP}`;
const DENY_REST =
  'priority: 2\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]\negress: [{ action: Deny, to: [{ networks: [0.0.0.0/0, "::/0"] }] }]';

/** A peer that is unknown, empty or out of place; where, and the message. */
const PEERS = [
  ['ingress', '{ serviceAccounts: {} }', 'unknown-field'],
  ['ingress', '{}', 'unknown-field'],
  ['ingress', '{ namespaces: {}, serviceAccounts: {} }', 'unknown-field'],
  ['ingress', '{ networks: [0.0.0.0/0] }', 'peer-not-applicable'],
  ['ingress', '{ nodes: {} }', 'peer-not-applicable'],
  ['ingress', '{ domainNames: [example.com] }', 'peer-not-applicable'],
  ['egress', '{ serviceAccounts: {} }', 'unknown-field'],
  ['egress', '{}', 'unknown-field'],
] as const;

for (const [direction, peer, message] of PEERS) {
  const list = direction === 'ingress' ? 'from' : 'to';
  const [local, any] = ['shop/db', 'shop/web, lab/tool, world'];
  const ends = direction === 'ingress' ? `${any} -> ${local}` : `${local} -> ${any}`;
  const rule = (action: string): string =>
    `${direction}: [{ action: ${action}, ${list}: [{ namespaces: {} }, ${peer}], ports: [{ portNumber: { port: 80 } }] }]`;
  judged(
    'S33',
    `an Allow rule with ${direction} peer ${peer} matches nothing`,
    [anp('a', `${ANP}\n${rule('Allow')}`), anp('b', DENY_REST)],
    direction === 'ingress' ? 'shop/web, lab/tool -> shop/db tcp/80: deny' : `${ends} tcp/80: deny`,
    { messages: [message] },
  );
  for (const action of ['Deny', 'Pass'])
    judged(
      'S33',
      `a ${action} rule with ${direction} peer ${peer} denies every peer and port`,
      [anp('a', `${ANP}\n${rule(action)}`)],
      `${ends} tcp/80 tcp/81 udp/1 icmp gre: deny`,
      { messages: [message] },
    );
}

judged(
  'S33',
  'domainNames in a Deny or Pass rule of egress fail closed',
  [
    anp(
      'a',
      `priority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\negress: [{ action: Deny, to: [{ domainNames: [example.com] }] }]`,
    ),
    cnp(
      'b',
      `tier: Admin\npriority: 2\nsubject: { namespaces: { matchLabels: { team: blue } } }\negress: [{ action: Pass, to: [{ domainNames: [example.com] }] }]`,
    ),
  ],
  `shop/web, bank/web -> world, lab/tool tcp/80 icmp: deny
   lab/tool -> world tcp/80: allow`,
  { messages: ['peer-not-applicable', 'peer-not-applicable'] },
);

for (const port of ['{ portMask: 3 }', '{}', '{ portNumber: { port: 80, mask: 1 } }']) {
  judged(
    'S33',
    `an Allow rule with port ${port} matches nothing, a Deny rule everything`,
    [
      anp(
        'a',
        `priority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\ningress: [{ action: Allow, from: [{ namespaces: {} }], ports: [${port}, { portNumber: { port: 81 } }] }]`,
      ),
      anp(
        'b',
        `priority: 2\nsubject: { namespaces: { matchLabels: { team: blue } } }\ningress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: red } } }], ports: [${port}] }]`,
      ),
      anp(
        'c',
        'priority: 3\nsubject: { namespaces: { matchLabels: { team: red } } }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]',
      ),
    ],
    `lab/tool -> shop/db tcp/80 tcp/81: deny
     lab/tool, world -> bank/web tcp/80 udp/1 icmp: deny`,
    { messages: ['unknown-field', 'unknown-field'] },
  );
}

for (const protocol of [
  '{ icmp: {} }',
  '{}',
  '{ tcp: { sourcePort: { number: 80 } } }',
  '{ tcp: { destinationPort: {} } }',
])
  judged(
    'S33',
    `in v1alpha2 an Accept rule with protocol ${protocol} matches nothing, a Pass rule denies`,
    [
      cnp(
        'a',
        `tier: Admin\npriority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\ningress: [{ action: Accept, from: [{ namespaces: {} }], protocols: [${protocol}] }]`,
      ),
      cnp(
        'b',
        `tier: Admin\npriority: 2\nsubject: { namespaces: {} }\ningress: [{ action: Pass, from: [{ namespaces: {} }], protocols: [${protocol}] }]`,
      ),
    ],
    'lab/tool, world -> shop/db, bank/db tcp/80 udp/1 icmp: deny',
    { messages: ['unknown-field', 'unknown-field'] },
  );

judged(
  'S33',
  'an unknown field of the rule itself fails closed too',
  [
    banp(
      'subject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: blue } } }], schedule: night }]',
    ),
  ],
  'lab/tool, world -> shop/db tcp/80: deny',
  { messages: ['unknown-field'] },
);

judged(
  'S33',
  'a NetworkPolicy rule with an unknown field matches nothing, other rules go on, and the policy isolates',
  [
    np(
      'shop',
      'p',
      'podSelector: {}\ningress:\n  - { from: [{ podSelector: {} }, { serviceAccounts: {} }] }\n  - { ports: [{ port: 443 }] }',
    ),
    np('bank', 'q', 'podSelector: {}\ningress: [{ ports: [{ port: 80, icmp: {} }] }]'),
  ],
  `shop/web -> shop/db tcp/80: deny
   shop/web, world -> shop/db tcp/443: allow
   world -> bank/web tcp/80: deny`,
  { messages: ['unknown-field', 'unknown-field'] },
);

clause('S33', 'warnings tell of it, and nothing is an error', async () => {
  const { diagnostics } = await inWorld(
    anp('a', `${ANP}\ningress: [{ action: Allow, from: [{ serviceAccounts: {} }] }]`),
  );
  assert.equal(
    diagnostics.map(({ severity, field }) => [severity, field]),
    [['warning', 'spec.ingress[0].from[0].serviceAccounts']],
  );
});

for (const [kind, document] of [
  ['AdminNetworkPolicy', anp('a', 'priority: 1\nsubject: { serviceAccounts: {} }')],
  [
    'ClusterNetworkPolicy',
    cnp('a', `${CNP.replace('{ namespaces: {} }', '{ namespaces: {}, serviceAccounts: {} }')}`),
  ],
  [
    'BaselineAdminNetworkPolicy',
    banp('subject: { pods: { namespaceSelector: {}, podSelector: {}, nodes: {} } }'),
  ],
] as const)
  clause('S33', `an unknown subject rejects a ${kind}`, async () => {
    const { objects, diagnostics } = await inWorld(document);
    assert.equal(
      diagnostics.map(({ code }) => code),
      ['subject-invalid'],
    );
    assert.not(objects.some((object) => object.kind === kind));
  });

test.run();
