/** S30–S32: subjects and peers of the kinds with tiers. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, judged, loadText } from './clause.ts';
import { anp, banp, cnp } from './documents.ts';

const fromAll = (action: string): string => `ingress: [{ action: ${action}, from: [{ namespaces: {} }] }]`;
const denyTo = (peers: string): string =>
  `priority: 1\nsubject: { namespaces: {} }\negress: [{ action: Deny, to: ${peers} }]`;

judged(
  'S30',
  'namespaces: {} selects every pod',
  [anp('a', `priority: 1\nsubject: { namespaces: {} }\n${fromAll('Deny')}`)],
  'shop/web -> shop/db, bank/web, bank/db, lab/tool tcp/80 icmp: deny',
);

judged(
  'S30',
  'namespaces is a label selector over namespaces, expressions included',
  [
    anp(
      'a',
      `priority: 1\nsubject: { namespaces: { matchExpressions: [{ key: team, operator: NotIn, values: [red] }] } }\n${fromAll('Deny')}`,
    ),
  ],
  `bank/web -> bank/db, lab/tool tcp/80: deny
   bank/web -> shop/db tcp/80: allow`,
);

judged(
  'S30',
  'pods is namespaceSelector AND podSelector',
  [
    anp(
      'a',
      `priority: 1\nsubject: { pods: { namespaceSelector: { matchLabels: { env: prod } }, podSelector: { matchLabels: { app: web } } } }\n${fromAll('Deny')}`,
    ),
  ],
  `shop/db -> shop/web, bank/web tcp/80: deny
   shop/db -> shop/api, bank/db, lab/tool tcp/80: allow`,
);

judged(
  'S30',
  'both selectors of pods may be empty: every pod',
  [banp(`subject: { pods: { namespaceSelector: {}, podSelector: {} } }\n${fromAll('Deny')}`)],
  'shop/db -> shop/web, bank/web, lab/tool tcp/80: deny',
);

judged(
  'S30',
  'in v1alpha2 pods without namespaceSelector is every namespace',
  [
    cnp(
      'a',
      `tier: Admin\npriority: 1\nsubject: { pods: { podSelector: { matchLabels: { app: db } } } }\n${fromAll('Deny')}`,
    ),
  ],
  `shop/web -> shop/db, bank/db tcp/80: deny
   shop/web -> bank/web, lab/tool tcp/80: allow`,
);

for (const [subject, code] of [
  ['{}', 'subject-invalid'],
  ['{ namespaces: {}, pods: { namespaceSelector: {}, podSelector: {} } }', 'subject-invalid'],
  ['{ pods: { podSelector: {} } }', 'field-missing'],
  ['{ pods: { namespaceSelector: {} } }', 'field-missing'],
  ['{ serviceAccounts: {} }', 'subject-invalid'],
] as const)
  clause('S30', `subject ${subject} is invalid in v1alpha1`, async () => {
    const { objects, diagnostics } = await loadText(
      anp('a', `priority: 1\nsubject: ${subject}\n${fromAll('Deny')}`),
    );
    assert.equal(
      diagnostics.map((one) => one.code),
      [code],
    );
    assert.is(objects.length, 0);
  });

judged(
  'S31',
  'ingress peers are namespaces or pods, never external addresses',
  [
    anp(
      'a',
      `priority: 1\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: blue } } }, { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: tool } } } }] }]`,
    ),
  ],
  `bank/web, bank/db, lab/tool -> shop/db tcp/80: deny
   shop/web, world, node-2 -> shop/db tcp/80: allow`,
);

judged(
  'S31',
  'an egress peer `nodes` is every address in the status of the nodes that it selects',
  [anp('a', denyTo('[{ nodes: { matchLabels: { zone: b } } }]'))],
  `shop/web -> node-2 tcp/80 icmp: deny
   shop/web -> node-1, shop/api, world tcp/80: allow`,
);

judged(
  'S31',
  'nodes: {} is all nodes, and no pod',
  [anp('a', denyTo('[{ nodes: {} }]'))],
  `shop/web -> node-1, node-2 tcp/80: deny
   shop/web -> shop/db, shop/api, world tcp/80: allow`,
);

judged(
  'S31',
  'networks match external and pod addresses, and protocols without ports',
  [cnp('a', `tier: Admin\n${denyTo('[{ networks: [203.0.113.0/24, 10.0.2.0/24, "fd00:0:0:1::/64"] }]')}`)],
  `shop/web@4 -> world tcp/80 udp/1 icmp gre: deny
   shop/web@6 -> world tcp/80: allow
   shop/web@4 -> shop/api, bank/db tcp/80 icmp: deny
   shop/web@6 -> shop/db tcp/80: deny
   shop/web@4 -> shop/db tcp/80: allow`,
);

judged(
  'S31',
  'networks: host bits are masked with a warning, and families do not mix (S22)',
  [anp('a', denyTo('[{ networks: [0.0.0.1/0] }]'))],
  `shop/web@4 -> world, shop/db tcp/80: deny
   shop/web@6 -> world, shop/db tcp/80: allow`,
  { messages: ['cidr-host-bits'] },
);

judged(
  'S31',
  'peers of one rule are ORed, and so are its ports',
  [
    anp(
      'a',
      `priority: 1
subject: { namespaces: { matchLabels: { team: red } } }
egress:
  - action: Deny
    to: [{ namespaces: { matchLabels: { team: blue } } }, { networks: [203.0.113.7/32] }]
    ports: [{ portNumber: { port: 80 } }, { portNumber: { port: 53, protocol: UDP } }]`,
    ),
  ],
  `shop/web -> bank/db tcp/80 udp/53: deny
   shop/web -> 203.0.113.7 tcp/80 udp/53: deny
   shop/web -> bank/db tcp/53 udp/80 icmp: allow
   shop/web -> shop/db tcp/80: allow`,
);

for (const peer of ['networks: [10.0.0.0/8]', 'nodes: {}', 'domainNames: [example.com]']) {
  for (const [document, kind] of [
    [
      anp(
        'a',
        `priority: 1\nsubject: { namespaces: {} }\negress: [{ action: Allow, to: [{ ${peer} }], ports: [{ namedPort: http }] }]`,
      ),
      'AdminNetworkPolicy',
    ],
    [
      cnp(
        'a',
        `tier: Admin\npriority: 1\nsubject: { namespaces: {} }\negress: [{ action: Accept, to: [{ namespaces: {} }, { ${peer} }], protocols: [{ tcp: { destinationPort: { number: 80 } } }, { destinationNamedPort: http }] }]`,
      ),
      'ClusterNetworkPolicy',
    ],
  ] as const)
    clause('S32', `a named port with ${peer} is invalid in ${kind}`, async () => {
      const { objects, diagnostics } = await loadText(document);
      assert.equal(
        diagnostics.map(({ code }) => code),
        ['named-port-peer'],
      );
      assert.is(objects.length, 0);
    });
}

judged(
  'S32',
  'a named port with namespaces or pods is fine, also in egress',
  [
    anp(
      'a',
      `priority: 1\nsubject: { namespaces: {} }\negress: [{ action: Deny, to: [{ namespaces: {} }], ports: [{ namedPort: http }] }]`,
    ),
  ],
  `shop/web -> shop/db tcp/8080: deny
   shop/web -> bank/web tcp/8081: deny
   shop/web -> shop/db tcp/80: allow
   shop/web -> world tcp/8080: allow`,
);

test.run();
