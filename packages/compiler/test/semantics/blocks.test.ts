/** S22: peers by address. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clause, judged, loadText } from './clause.ts';
import { np } from './documents.ts';

const DB = 'podSelector: { matchLabels: { app: db } }';
const from = (...blocks: string[]): string =>
  `${DB}\ningress: [{ from: [${blocks.map((block) => `{ ipBlock: ${block} }`).join(', ')}] }]`;
const to = (block: string): string =>
  `podSelector: { matchLabels: { app: web } }\npolicyTypes: [Egress]\negress: [{ to: [{ ipBlock: ${block} }] }]`;

judged(
  'S22',
  'a block matches every address in its cidr and no other',
  [np('shop', 'b', from('{ cidr: 192.0.2.0/25 }', '{ cidr: "2001:db8::/33" }'))],
  `192.0.2.0, 192.0.2.1, 192.0.2.127 -> shop/db@4 tcp/80 udp/1 icmp: allow
   192.0.1.255, 192.0.2.128, world@4 -> shop/db@4 tcp/80: deny
   2001:db8::, 2001:db8:7fff:ffff:ffff:ffff:ffff:ffff -> shop/db@6 tcp/80: allow
   2001:db7:ffff:ffff:ffff:ffff:ffff:ffff, 2001:db8:8000::, world@6 -> shop/db@6 tcp/80: deny`,
);

judged(
  'S22',
  'a block matches none of its excepted addresses, up to their very borders',
  [np('shop', 'b', from('{ cidr: 192.0.2.0/24, except: [192.0.2.64/26, 192.0.2.255/32, 192.0.2.0/32] }'))],
  `192.0.2.1, 192.0.2.63, 192.0.2.128, 192.0.2.254 -> shop/db@4 tcp/80: allow
   192.0.2.0, 192.0.2.64, 192.0.2.127, 192.0.2.255 -> shop/db@4 tcp/80: deny`,
);

judged(
  'S22',
  'pod addresses are matched like any other, in both directions',
  [
    np('shop', 'in', from('{ cidr: 10.0.1.0/24, except: [10.0.1.21/32] }')),
    np('shop', 'out', to('{ cidr: 10.0.2.0/24 }')),
  ],
  `shop/web -> shop/api@4, lab/tool@4 tcp/80: allow
   shop/web@6 -> shop/api tcp/80: deny
   shop/web -> shop/db, world tcp/80: deny
   bank/web@4 -> shop/db tcp/80: deny
   lab/tool -> shop/db tcp/80: deny`,
);

judged(
  'S22',
  'a pod matches by its selector also where a block leaves it out',
  [
    np(
      'shop',
      'b',
      `${DB}\ningress: [{ from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.0.1.0/24] } }, { podSelector: { matchLabels: { app: web } } }] }]`,
    ),
  ],
  `shop/web -> shop/db tcp/80: allow
   bank/web -> shop/db tcp/80: deny
   bank/db@4 -> shop/db tcp/80: allow`,
);

judged(
  'S22',
  'except carves only its own peer: another peer, rule or policy may allow the address again',
  [
    np(
      'shop',
      'b',
      from('{ cidr: 192.0.2.0/24, except: [192.0.2.0/26, 192.0.2.64/26] }', '{ cidr: 192.0.2.0/32 }'),
    ),
    np(
      'shop',
      'c',
      `${DB}\ningress: [{ from: [{ ipBlock: { cidr: 192.0.2.1/32 } }], ports: [{ port: 80 }] }]`,
    ),
  ],
  `192.0.2.0, 192.0.2.200 -> shop/db@4 tcp/80 tcp/81: allow
   192.0.2.1 -> shop/db@4 tcp/80: allow
   192.0.2.1 -> shop/db@4 tcp/81: deny
   192.0.2.2, 192.0.2.64 -> shop/db@4 tcp/80: deny`,
);

judged(
  'S22',
  '0.0.0.0/0 never matches IPv6',
  [np('shop', 'b', from('{ cidr: 0.0.0.0/0 }'))],
  `world@4, shop/web@4, 0.0.0.0, 255.255.255.255 -> shop/db@4 tcp/80: allow
   world@6, shop/web@6, ::ffff:10.0.0.1, :: -> shop/db@6 tcp/80: deny`,
);

judged(
  'S22',
  '::/0 never matches IPv4',
  [np('shop', 'b', from('{ cidr: "::/0" }'))],
  `world@6, shop/web@6, :: -> shop/db@6 tcp/80: allow
   world@4, shop/web@4 -> shop/db@4 tcp/80: deny`,
);

judged(
  'S22',
  'host bits are masked, with a warning, in cidr and in except',
  [np('shop', 'b', from('{ cidr: 192.0.2.77/24, except: [192.0.2.77/26] }'))],
  `192.0.2.1, 192.0.2.255 -> shop/db@4 tcp/80: allow
   192.0.2.64, 192.0.2.127 -> shop/db@4 tcp/80: deny`,
  { messages: ['cidr-host-bits', 'cidr-host-bits'] },
);

for (const [block, code] of [
  ['{ cidr: 10.0.0.0/8, except: [10.0.0.0/8] }', 'cidr-except'],
  ['{ cidr: 10.0.0.0/8, except: [10.0.0.0/7] }', 'cidr-except'],
  ['{ cidr: 10.0.0.0/8, except: [11.0.0.0/16] }', 'cidr-except'],
  ['{ cidr: 10.0.0.0/8, except: ["fd00::/16"] }', 'cidr-except'],
  ['{ cidr: 10.0.0.0 }', 'cidr-invalid'],
  ['{ cidr: 10.0.0.0/33 }', 'cidr-invalid'],
  ['{ cidr: 010.0.0.0/8 }', 'cidr-invalid'],
  ['{ except: [10.0.0.0/8] }', 'field-missing'],
] as const)
  clause('S22', `ipBlock ${block} is invalid`, async () => {
    const { objects, diagnostics } = await loadText(np('shop', 'p', from(block)));
    assert.equal(
      diagnostics.map((one) => one.code),
      [code],
    );
    assert.is(objects.length, 0);
  });

test.run();
