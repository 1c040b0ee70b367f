/** S45 and S46: replies, errors and neighbours. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { simulate } from '../../src/ruleset/simulate.ts';
import { address, clause, inWorld, judged, rulesetOf } from './clause.ts';
import { np } from './documents.ts';
import { packet, reply, verdictOf } from './packets.ts';

const [WEB, DB, WEB6, DB6] = [
  address('10.0.1.11'),
  address('10.0.1.12'),
  address('fd00:0:0:1::11'),
  address('fd00:0:0:1::12'),
];

const ONE_WAY = [
  np(
    'shop',
    'db',
    'podSelector: { matchLabels: { app: db } }\npolicyTypes: [Ingress, Egress]\ningress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]',
  ),
  np(
    'shop',
    'web',
    'podSelector: { matchLabels: { app: web } }\npolicyTypes: [Ingress, Egress]\negress: [{ to: [{ podSelector: { matchLabels: { app: db } } }] }]',
  ),
];

judged(
  'S45',
  'replies pass, whatever the reverse direction’s policy says',
  ONE_WAY,
  `shop/web -> shop/db tcp/80 udp/53 icmp: allow
   shop/db -> shop/web tcp/80 udp/53 icmp: deny`,
);

clause('S45', 'a reply passes on the connection’s own permission, judged or not yet judged', async () => {
  const ruleset = rulesetOf((await inWorld(...ONE_WAY)).objects);
  const { verdict, ctMark } = simulate(ruleset, packet(WEB, DB));
  assert.is(verdict, 'accept');
  assert.is(verdictOf(ruleset, reply(DB, WEB, ctMark)), 'accept');
  assert.is(verdictOf(ruleset, reply(DB, WEB, 0)), 'accept');
  assert.is(verdictOf(ruleset, packet(DB, WEB)), 'drop');
});

clause('S45', 'related ICMP errors pass, other related connections are judged', async () => {
  const ruleset = rulesetOf((await inWorld(...ONE_WAY)).objects);
  assert.is(verdictOf(ruleset, packet(DB, WEB, { state: 'related', protocol: 1 })), 'accept');
  assert.is(verdictOf(ruleset, packet(DB6, WEB6, { state: 'related', protocol: 58, icmpType: 1 })), 'accept');
  assert.is(verdictOf(ruleset, packet(DB, WEB, { state: 'related' })), 'drop');
  assert.is(verdictOf(ruleset, packet(DB, WEB, { protocol: 1 })), 'drop');
});

clause('S46', 'neighbour discovery is never filtered, its neighbours among ICMPv6 are', async () => {
  const ruleset = rulesetOf(
    (await inWorld(np('shop', 'closed', 'podSelector: {}\npolicyTypes: [Ingress, Egress]'))).objects,
  );
  const node = address('fd18::1');
  for (const icmpType of [133, 134, 135, 136, 137])
    for (const [hook, to] of [
      ['forward', DB6],
      ['input', node],
    ] as const)
      assert.is(
        verdictOf(ruleset, packet(WEB6, to, { hook, protocol: 58, icmpType })),
        'accept',
        `${icmpType} ${hook}`,
      );
  for (const icmpType of [1, 128, 132, 138])
    assert.is(verdictOf(ruleset, packet(WEB6, DB6, { protocol: 58, icmpType })), 'drop', String(icmpType));
  for (const protocol of [1, 58]) // whatever an IPv4 packet says
    assert.is(verdictOf(ruleset, packet(WEB, DB, { protocol, icmpType: 135 })), 'drop');
});

test.run();
