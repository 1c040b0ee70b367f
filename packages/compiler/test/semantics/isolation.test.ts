/** S10–S15: whom a NetworkPolicy isolates, and how its rules add up. */
import { test } from 'uvu';
import { judged } from './clause.ts';
import { np } from './documents.ts';

judged(
  'S10',
  'an empty podSelector, and a missing one, select every pod of the namespace and no other',
  [np('shop', 'empty', 'podSelector: {}'), np('lab', 'missing', 'policyTypes: [Ingress]')],
  `world -> shop/web, shop/db, shop/api, lab/tool tcp/80: deny
   world -> bank/web, bank/db tcp/80: allow`,
);

judged(
  'S11',
  'missing policyTypes are Ingress always, and Egress only with an egress rule',
  [
    np('shop', 'none', 'podSelector: { matchLabels: { app: web } }'),
    np('shop', 'empty', 'podSelector: { matchLabels: { app: db } }\negress: []'),
    np('shop', 'some', 'podSelector: { matchLabels: { app: api } }\negress: [{ ports: [{ port: 443 }] }]'),
  ],
  `world -> shop/web, shop/db, shop/api tcp/443: deny
   shop/web, shop/db -> world tcp/80: allow
   shop/api -> world tcp/443: allow
   shop/api -> world tcp/80: deny`,
);

judged(
  'S11',
  'an empty list of policyTypes, and null, are as good as a missing one',
  [
    np('shop', 'a', 'podSelector: { matchLabels: { app: web } }\npolicyTypes: []\negress: [{}]'),
    np('shop', 'b', 'podSelector: { matchLabels: { app: db } }\npolicyTypes: null\negress: null'),
  ],
  `world -> shop/web, shop/db tcp/80: deny
   shop/web, shop/db -> world tcp/80: allow`,
);

judged(
  'S12',
  'ingress rules of an Egress policy are inert, and egress rules of an Ingress policy',
  [
    np(
      'shop',
      'out',
      'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]\ningress: [{ ports: [{ port: 80 }] }]',
    ),
    np(
      'shop',
      'in',
      'podSelector: { matchLabels: { app: db } }\npolicyTypes: [Ingress]\negress: [{ ports: [{ port: 80 }] }]',
    ),
  ],
  `world -> shop/web tcp/80 tcp/81: allow
   shop/web -> world tcp/80: deny
   shop/db -> world tcp/80 tcp/81: allow
   world -> shop/db tcp/80: deny`,
);

judged(
  'S12',
  'inert rules add nothing to what other policies of the subject allow',
  [
    np('shop', 'out', 'podSelector: {}\npolicyTypes: [Egress]\ningress: [{}]\negress: [{}]'),
    np('shop', 'in', 'podSelector: {}\npolicyTypes: [Ingress]\ningress: [{ ports: [{ port: 80 }] }]'),
  ],
  `world -> shop/db tcp/80: allow
   world -> shop/db tcp/81: deny`,
);

judged(
  'S13',
  'empty, null and absent rules of an isolating policy deny everything',
  [
    np('shop', 'empty', 'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Ingress]\ningress: []'),
    np('shop', 'null', 'podSelector: { matchLabels: { app: db } }\npolicyTypes: [Ingress]\ningress: null'),
    np('shop', 'absent', 'podSelector: { matchLabels: { app: api } }\npolicyTypes: [Ingress]'),
    np('bank', 'out', 'podSelector: {}\npolicyTypes: [Egress]\negress: []'),
  ],
  `world, bank/web -> shop/web, shop/db, shop/api tcp/80 udp/53 icmp gre: deny
   bank/web -> world tcp/80: deny
   world -> bank/web tcp/80: allow`,
);

judged(
  'S13',
  'one empty rule allows everything',
  [
    np('shop', 'in', 'podSelector: {}\ningress: [{}]'),
    np('shop', 'out', 'podSelector: {}\npolicyTypes: [Egress]\negress: [{}]'),
  ],
  `world, lab/tool, node-2 -> shop/web tcp/80 udp/53 sctp/1 icmp gre: allow
   shop/web -> world, lab/tool, node-2 tcp/80 icmp gre: allow`,
);

judged(
  'S14',
  'missing and empty `from` are any source, pods and external alike',
  [
    np('shop', 'missing', 'podSelector: { matchLabels: { app: web } }\ningress: [{ ports: [{ port: 80 }] }]'),
    np(
      'shop',
      'empty',
      'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [], ports: [{ port: 80 }] }]',
    ),
  ],
  `world, bank/web, shop/api, node-2, 0.0.0.0, 255.255.255.255 -> shop/web@4, shop/db@4 tcp/80: allow
   world, bank/web, node-2, ::, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff -> shop/web@6, shop/db@6 tcp/80: allow
   world, bank/web -> shop/web, shop/db tcp/81: deny`,
);

judged(
  'S14',
  'missing and empty `to` are any destination',
  [
    np(
      'shop',
      'missing',
      'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]\negress: [{ ports: [{ port: 80 }] }]',
    ),
    np(
      'shop',
      'empty',
      'podSelector: { matchLabels: { app: db } }\npolicyTypes: [Egress]\negress: [{ to: [], ports: [{ port: 80 }] }]',
    ),
  ],
  `shop/web, shop/db -> world, bank/web, node-1, node-2 tcp/80: allow
   shop/web, shop/db -> world, bank/web, node-1, node-2 tcp/81: deny`,
);

judged(
  'S14',
  'missing and empty `ports` are every port of every protocol, ICMP included',
  [
    np(
      'shop',
      'missing',
      'podSelector: { matchLabels: { app: web } }\ningress: [{ from: [{ podSelector: {} }] }]',
    ),
    np(
      'shop',
      'empty',
      'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ podSelector: {} }], ports: [] }]',
    ),
  ],
  `shop/api -> shop/web, shop/db tcp/0 tcp/65535 udp/0 udp/65535 sctp/0 sctp/65535 icmp gre: allow
   world -> shop/web, shop/db tcp/80 icmp gre: deny`,
);

judged(
  'S15',
  'peers are ORed, ports are ORed, and peers AND ports must match',
  [
    np(
      'shop',
      'rule',
      `podSelector: { matchLabels: { app: db } }
ingress:
  - from:
      - podSelector: { matchLabels: { app: web } }
      - namespaceSelector: { matchLabels: { team: blue } }
    ports: [{ port: 80 }, { port: 53, protocol: UDP }]`,
    ),
  ],
  `shop/web, bank/web, bank/db -> shop/db tcp/80 udp/53: allow
   shop/web, bank/web -> shop/db tcp/53 udp/80 icmp: deny
   shop/api, lab/tool, world -> shop/db tcp/80 udp/53: deny`,
);

judged(
  'S15',
  'rules never mix: the peers of one do not go with the ports of another',
  [
    np(
      'shop',
      'two',
      `podSelector: { matchLabels: { app: db } }
ingress:
  - { from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 80 }] }
  - { from: [{ podSelector: { matchLabels: { app: api } } }], ports: [{ port: 81 }] }`,
    ),
    np(
      'shop',
      'three',
      'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 82 }] }]',
    ),
  ],
  `shop/web -> shop/db tcp/80 tcp/82: allow
   shop/api -> shop/db tcp/81 tcp/82: allow
   shop/web -> shop/db tcp/81: deny
   shop/api -> shop/db tcp/80: deny
   bank/web -> shop/db tcp/80 tcp/81: deny`,
);

test.run();
