/** S23–S28: ports and protocols. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, judged, loadText } from './clause.ts';
import { np, pod } from './documents.ts';

const DB = 'podSelector: { matchLabels: { app: db } }';
const ports = (list: string): string => `${DB}\ningress: [{ ports: ${list} }]`;
const egress = (list: string): string =>
  `podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]\negress: [{ ports: ${list} }]`;

judged(
  'S23',
  'a port without protocol is TCP',
  [np('shop', 'p', ports('[{ port: 80 }]'))],
  `world -> shop/db tcp/80: allow
   world -> shop/db udp/80 sctp/80 tcp/79 tcp/81 icmp: deny`,
);

for (const [protocol, other] of [
  ['TCP', 'udp/1 sctp/1'],
  ['UDP', 'tcp/1 sctp/1'],
  ['SCTP', 'tcp/1 udp/1'],
] as const) {
  const word = protocol.toLowerCase();
  judged(
    'S23',
    `${protocol} without port is every port of it, and nothing else`,
    [np('shop', 'p', ports(`[{ protocol: ${protocol} }]`))],
    `world -> shop/db ${word}/0 ${word}/1 ${word}/65535: allow
     world -> shop/db ${other} icmp gre: deny`,
  );
}

judged(
  'S23',
  'a port entry without any field is every TCP port',
  [np('shop', 'p', ports('[{}]'))],
  `world -> shop/db tcp/0 tcp/65535: allow
   world -> shop/db udp/1 icmp: deny`,
);

judged(
  'S24',
  'endPort is inclusive',
  [np('shop', 'p', ports('[{ port: 80, endPort: 90 }, { protocol: UDP, port: 65534, endPort: 65535 }]'))],
  `world -> shop/db tcp/80 tcp/85 tcp/90 udp/65534 udp/65535: allow
   world -> shop/db tcp/79 tcp/91 udp/85 udp/65533: deny`,
);

judged(
  'S24',
  'endPort may equal port',
  [np('shop', 'p', ports('[{ port: 80, endPort: 80 }]'))],
  `world -> shop/db tcp/80: allow
   world -> shop/db tcp/79 tcp/81: deny`,
);

for (const list of ['[{ port: 80, endPort: 79 }]', '[{ endPort: 80 }]', '[{ port: http, endPort: 80 }]'])
  clause('S24', `ports ${list} are invalid`, async () => {
    const { objects, diagnostics } = await loadText(np('shop', 'p', ports(list)));
    assert.equal(
      diagnostics.map(({ code }) => code),
      ['port-range'],
    );
    assert.is(objects.length, 0);
  });

judged(
  'S25',
  'for ingress a name is resolved on the subject, each by its own number',
  [np('shop', 'p', 'podSelector: {}\ningress: [{ ports: [{ port: http }] }]')],
  `world, bank/web -> shop/web tcp/80: allow
   world, bank/web -> shop/db tcp/8080: allow
   world, bank/web -> shop/api tcp/8000 tcp/8001: allow
   world -> shop/web tcp/8080 tcp/8081: deny
   world -> shop/db tcp/80: deny`,
);

judged(
  'S25',
  'for egress a name is resolved on the peer, each by its own number',
  [np('shop', 'p', egress('[{ port: http }]'))],
  `shop/web -> shop/db tcp/8080: allow
   shop/web -> bank/web tcp/8081: allow
   shop/web -> shop/api tcp/8000 tcp/8001: allow
   shop/web -> shop/db tcp/80: deny
   shop/web -> bank/web tcp/80 tcp/8080: deny`,
);

judged(
  'S25',
  'a name matches with its protocol only',
  [
    np('shop', 'p', ports('[{ port: dns, protocol: UDP }]')),
    np('bank', 'q', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{ ports: [{ port: dns }] }]'),
  ],
  `world -> shop/db udp/53: allow
   world -> shop/db tcp/53 tcp/5353 udp/5353: deny
   bank/db -> shop/api tcp/5353: deny
   bank/web, bank/db -> shop/db udp/53: deny
   bank/web -> shop/db tcp/5353: deny`,
);

judged(
  'S25',
  'init containers that go on running count, others do not',
  [
    np(
      'shop',
      'p',
      'podSelector: { matchLabels: { app: api } }\ningress: [{ ports: [{ port: side }, { port: once }] }]',
    ),
  ],
  `world -> shop/api tcp/15000: allow
   world -> shop/api tcp/16000: deny`,
  { messages: ['named-port-undefined'] },
);

judged(
  'S26',
  'a name that the subject does not define matches nothing, and the policy still isolates',
  [np('shop', 'p', ports('[{ port: nowhere }]'))],
  'world, shop/web -> shop/db tcp/80 tcp/8080 tcp/5353 icmp: deny',
  { messages: ['named-port-undefined'] },
);

judged(
  'S26',
  'a name matches nothing on a destination that is no pod',
  [np('shop', 'p', egress('[{ port: http }]'))],
  `shop/web -> world, node-2, node-1 tcp/80 tcp/8000: deny
   shop/web -> lab/tool tcp/80: deny`,
);

judged(
  'S26',
  'behind a block that covers a pod, the name is resolved on that pod',
  [
    np(
      'shop',
      'p',
      `podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }], ports: [{ port: http }] }]`,
    ),
  ],
  `shop/web -> shop/db@4 tcp/8080: allow
   shop/web -> bank/web@4 tcp/8081: allow
   shop/web -> shop/db@4 tcp/80: deny
   shop/web -> shop/db@6 tcp/8080: deny
   shop/web@4 -> 10.9.9.9 tcp/8080: deny`,
);

judged(
  'S26',
  'an undefined name takes nothing away from the other ports of its rule',
  [
    pod('shop', 'bare', '10.0.1.60', '{ app: bare }'),
    np('shop', 'p', 'podSelector: {}\ningress: [{ ports: [{ port: http }, { port: 443 }] }]'),
  ],
  `world@4 -> shop/bare tcp/443: allow
   world@4 -> shop/bare tcp/80: deny`,
);

judged(
  'S27',
  'rules for UDP and SCTP isolate TCP too',
  [
    np('shop', 'udp', ports('[{ protocol: UDP, port: 53 }]')),
    np(
      'bank',
      'sctp',
      'podSelector: { matchLabels: { app: web } }\ningress: [{ ports: [{ protocol: SCTP, port: 80 }] }]',
    ),
  ],
  `world -> shop/db udp/53: allow
   world -> shop/db tcp/53 tcp/80 sctp/53: deny
   world -> bank/web sctp/80: allow
   world -> bank/web tcp/80 udp/80: deny`,
);

judged(
  'S28',
  'rules without ports match protocols without ports, rules with ports never do',
  [
    np(
      'shop',
      'without',
      'podSelector: { matchLabels: { app: web } }\ningress: [{ from: [{ namespaceSelector: {} }] }]',
    ),
    np('shop', 'with', ports('[{ protocol: TCP }, { protocol: UDP }, { protocol: SCTP }]')),
  ],
  `bank/web -> shop/web icmp gre: allow
   world -> shop/web icmp gre: deny
   bank/web, world -> shop/db icmp gre: deny
   bank/web, world -> shop/db tcp/1 udp/1 sctp/1: allow`,
);

judged(
  'S28',
  'a denial with ports leaves protocols without ports alone',
  [
    `apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: a }
spec:
  priority: 1
  subject: { namespaces: {} }
  ingress: [{ action: Deny, from: [{ namespaces: {} }], ports: [{ portRange: { start: 1, end: 65535 } }] }]`,
  ],
  `bank/web -> shop/db icmp gre udp/1 tcp/0: allow
   bank/web -> shop/db tcp/1 tcp/65535: deny`,
);

test.run();
