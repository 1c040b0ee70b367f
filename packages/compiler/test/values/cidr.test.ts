import { BlockList } from 'node:net';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  addressValue,
  type Family,
  familyBits,
  familyOf,
  formatIp,
  type IpValue,
  parseAddress,
} from '../../src/values/address.ts';
import {
  type Cidr,
  cidrHolds,
  cidrOf,
  formatCidr,
  isStrictSubset,
  parseCidr,
} from '../../src/values/cidr.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  assert.ok(parsed, text);
  return parsed.cidr;
};

const ip = (text: string): IpValue => {
  const address = parseAddress(text);
  assert.ok(address, text);
  return { family: familyOf(address), value: addressValue(address) };
};

const READ: readonly (readonly [text: string, canonical: string, masked: boolean])[] = [
  ['10.0.0.0/8', '10.0.0.0/8', false],
  ['10.0.0.1/8', '10.0.0.0/8', true],
  ['0.0.0.0/0', '0.0.0.0/0', false],
  ['1.2.3.4/0', '0.0.0.0/0', true],
  ['255.255.255.255/32', '255.255.255.255/32', false],
  ['10.0.0.255/31', '10.0.0.254/31', true],
  ['::/0', '::/0', false],
  ['2001:DB8::/32', '2001:db8::/32', false],
  ['2001:db8::1/64', '2001:db8::/64', true],
  ['2001:db8::1/128', '2001:db8::1/128', false],
  ['::ffff:10.0.0.1/120', '::ffff:10.0.0.0/120', true],
];

for (const [text, canonical, masked] of READ) {
  test(`${text} is the block ${canonical}${masked ? ', masked' : ''} (S22)`, () => {
    const parsed = parseCidr(text);
    assert.ok(parsed);
    assert.is(formatCidr(parsed.cidr), canonical);
    assert.is(parsed.masked, masked);
  });
}

const NOT_CIDRS = [
  '',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/+8',
  '10.0.0.0/8/8',
  '10.0.0.0/8 ',
  ' 10.0.0.0/8',
  '10.0.0.0/8\n',
  '10.0.0.0/255.0.0.0',
  '10.0.0/8',
  '010.0.0.0/8',
  '::/129',
  'fe80::%eth0/64',
  '/8',
];

for (const text of NOT_CIDRS)
  test(`${JSON.stringify(text)} is no CIDR`, () => assert.is(parseCidr(text), undefined));

const block = fc.constantFrom<Family>(4, 6).chain((family) =>
  fc.record({
    family: fc.constant(family),
    value: fc.bigInt({ min: 0n, max: (1n << BigInt(familyBits(family))) - 1n }),
    prefix: fc.integer({ min: 0, max: familyBits(family) }),
  }),
);

test('a block holds what node:net says it holds', () => {
  fc.assert(
    fc.property(block, fc.bigInt({ min: -2n, max: 2n }), fc.boolean(), (made, offset, atEnd) => {
      const { family, prefix } = made;
      const one = cidrOf(made, prefix);
      const list = new BlockList();
      list.addSubnet(formatIp(made), prefix, `ipv${family}`);
      const end = (1n << BigInt(familyBits(family))) - 1n;
      const near = (atEnd ? one.last : one.first) + offset;
      for (const value of [made.value, one.first, one.last, ...(near >= 0n && near <= end ? [near] : [])]) {
        const expected = list.check(formatIp({ family, value }), `ipv${family}`);
        assert.is(cidrHolds(one, { family, value }), expected, `${formatCidr(one)} ${value}`);
      }
    }),
    { numRuns: 500 },
  );
});

test('a block reads back from its text', () => {
  fc.assert(
    fc.property(block, (made) => {
      const one = cidrOf(made, made.prefix);
      assert.equal(parseCidr(formatCidr(one)), { cidr: one, masked: false });
    }),
  );
});

test('no block holds an address of the other family (S22)', () => {
  assert.not(cidrHolds(cidr('0.0.0.0/0'), ip('::1')));
  assert.not(cidrHolds(cidr('::/0'), ip('0.0.0.1')));
  assert.not(cidrHolds(cidr('0.0.0.0/0'), ip('::ffff:10.0.0.1')));
});

const SUBSETS: readonly (readonly [inner: string, outer: string, strict: boolean])[] = [
  ['10.0.0.0/9', '10.0.0.0/8', true],
  ['10.128.0.0/9', '10.0.0.0/8', true],
  ['10.255.255.255/32', '10.0.0.0/8', true],
  ['10.0.0.0/8', '10.0.0.0/8', false],
  ['10.0.0.0/7', '10.0.0.0/8', false],
  ['11.0.0.0/9', '10.0.0.0/8', false],
  ['9.255.255.255/32', '10.0.0.0/8', false],
  ['::/1', '::/0', true],
  ['::/0', '::/0', false],
  ['::/32', '0.0.0.0/0', false],
  ['0.0.0.0/32', '::/0', false],
];

for (const [inner, outer, strict] of SUBSETS)
  test(`${inner} is ${strict ? '' : 'not '}strictly inside ${outer} (S22)`, () =>
    assert.is(isStrictSubset(cidr(inner), cidr(outer)), strict));

test.run();
