/** The small world that random clusters are made from: few enough names that selectors hit and values collide. */
import fc from 'fast-check';
import type { NamedPort } from '../../../src/model/types.ts';
import { type Address, parseAddress } from '../../../src/values/address.ts';
import { type Cidr, isStrictSubset, parseCidr } from '../../../src/values/cidr.ts';
import { PROTOCOLS } from '../../../src/values/ports.ts';

/** The node that rulesets are compiled for. */
export const LOCAL_NODE = 'here';
export const REMOTE_NODE = 'there';

export const NAMESPACES = ['red', 'green', 'blue'] as const;
export const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';
export const LABEL_KEYS = ['app', 'env'] as const;
export const LABEL_VALUES = ['', 'a', 'b'] as const;
export const PORT_NAMES = ['http', 'dns', 'x'] as const;
export const DOMAINS = ['example.com', '*.example.com'] as const;

const addresses = (...texts: string[]): readonly Address[] =>
  texts.map((text) => parseAddress(text) as Address);
const cidrs = (...texts: string[]): readonly Cidr[] =>
  texts.map((text) => (parseCidr(text) as { cidr: Cidr }).cidr);

/** Addresses that pods may have: of both nodes' pod CIDRs at their borders, and of none. */
export const POD_ADDRESSES = {
  4: addresses(
    ...['10.0.1.0', '10.0.1.1', '10.0.1.2', '10.0.1.3', '10.0.1.4', '10.0.1.255'],
    ...['10.0.2.0', '10.0.2.1', '10.0.2.2', '10.9.0.1'],
  ),
  6: addresses(
    ...['fd00:0:0:1::', 'fd00:0:0:1::1', 'fd00:0:0:1::2', 'fd00:0:0:1::3', 'fd00:0:0:1:ffff:ffff:ffff:ffff'],
    ...['fd00:0:0:2::1', 'fd00:0:0:2::2', 'fd09::1'],
  ),
} as const;

export const NODE_ADDRESSES = {
  [LOCAL_NODE]: addresses('172.18.0.1', 'fd18::1'),
  [REMOTE_NODE]: addresses('172.18.0.2', 'fd18::2'),
} as const;

/** The world outside, at the borders of blocks and of the address space. */
export const OUTSIDE_ADDRESSES = {
  4: addresses('0.0.0.0', '127.255.255.255', '192.0.2.0', '192.0.2.127', '192.0.2.128', '255.255.255.255'),
  6: addresses(
    '::',
    '2001:db8::',
    '2001:db8::8000',
    '2001:db8:ffff::',
    'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  ),
} as const;

/** Every address that anything here may have. */
export const ALL_ADDRESSES: readonly Address[] = [
  ...[POD_ADDRESSES, OUTSIDE_ADDRESSES].flatMap((each) => [...each[4], ...each[6]]),
  ...NODE_ADDRESSES.here,
  ...NODE_ADDRESSES.there,
];

export const POD_CIDRS = {
  [LOCAL_NODE]: cidrs('10.0.1.0/24', 'fd00:0:0:1::/64'),
  [REMOTE_NODE]: cidrs('10.0.2.0/24', 'fd00:0:0:2::/64'),
} as const;

/** Pod CIDRs that no node tells of. */
export const FLAG_CIDRS = cidrs('10.9.0.0/16', '10.0.2.0/30', 'fd09::/64');

/** Blocks that policies name. */
export const BLOCKS = cidrs(
  '0.0.0.0/0',
  '0.0.0.0/1',
  '0.0.0.0/32',
  '255.255.255.255/32',
  '10.0.0.0/8',
  '10.0.1.0/24',
  '10.0.1.0/31',
  '10.0.1.2/32',
  '172.18.0.0/30',
  '172.18.0.1/32',
  '192.0.2.0/24',
  '192.0.2.128/25',
  '::/0',
  '::/128',
  '8000::/1',
  'fd00::/16',
  'fd00:0:0:1::/64',
  'fd00:0:0:1::1/128',
  'fd18::/112',
  '2001:db8::/32',
  '2001:db8::8000/113',
);

export const NODE_BLOCKS = cidrs('172.18.0.0/30', 'fd18::/112', '0.0.0.0/0');

/** Blocks strictly inside `outer`, as `except` needs them. */
export const insideOf = (outer: Cidr): readonly Cidr[] =>
  BLOCKS.filter((inner) => isStrictSubset(inner, outer));

/** Port numbers at the borders of the axis and around the ones that policies like. */
export const PORTS = [0, 1, 53, 79, 80, 81, 8080, 65534, 65535] as const;

export const port = fc.constantFrom(...PORTS);
export const protocol = fc.constantFrom(...PROTOCOLS);
export const namedPort: fc.Arbitrary<NamedPort> = fc.record({
  name: fc.constantFrom(...PORT_NAMES),
  protocol,
  port: fc.constantFrom(53, 80, 8080, 65535),
});
