import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Address,
  addressValue,
  addressWords,
  familyBits,
  familyOf,
  formatIp,
  formatWords,
  parseAddress,
  parseIp,
  valueWords,
} from '../../src/values/address.ts';

/** Written form -> the one canonical form: the examples of RFC 5952 section 4 and 5, and the borders. */
const CANONICAL: readonly (readonly [written: string, canonical: string])[] = [
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['10.1.2.3', '10.1.2.3'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['2001:0db8::0001', '2001:db8::1'],
  ['2001:DB8::ABCD', '2001:db8::abcd'],
  ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // one zero group alone is not shortened
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'], // the longest run
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], // the first of equal runs
  ['0:0:1:0:0:0:0:0', '0:0:1::'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['::ffff:c000:201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
];

for (const [written, canonical] of CANONICAL) {
  test(`${written} is written ${canonical}`, () => {
    assert.is(parseAddress(written), canonical);
    assert.is(parseAddress(canonical), canonical);
  });
}

const NOT_ADDRESSES = [
  '',
  ' 10.0.0.1',
  '10.0.0.1 ',
  '10.0.0.1\n',
  '10.0.0',
  '10.0.0.0.1',
  '10.0.0.256',
  '010.1.1.1', // octal to some readers
  '0x0a.0.0.1',
  '10.0.0.-1',
  '167772161',
  '10.0.0.1/32',
  '10.0.0.1:80',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  'g::',
  '[::1]',
  'fe80::1%eth0',
  '::1/128',
  '::ffff:010.0.0.1',
  '::10.0.0.256',
  'localhost',
  '١.٢.٣.٤',
];

for (const text of NOT_ADDRESSES) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.is(parseIp(text), undefined);
    assert.is(parseAddress(text), undefined);
  });
}

test('the family decides bits, and is read from canonical text', () => {
  assert.is(familyBits(4), 32);
  assert.is(familyBits(6), 128);
  assert.is(familyOf('10.0.0.1' as Address), 4);
  assert.is(familyOf('::ffff:10.0.0.1' as Address), 6);
});

test('an address mapped from IPv4 stays IPv6', () => {
  assert.equal(parseIp('::ffff:0.0.0.1'), { family: 6, value: 0xffff_0000_0001n });
});

/** 128-bit values in which runs of zeros are common. */
const ipv6Value = fc
  .array(fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n));
const ipv4Value = fc.integer({ min: 0, max: 0xffff_ffff }).map(BigInt);

test('IPv4 text and integer go both ways, octet by octet', () => {
  fc.assert(
    fc.property(ipv4Value, (value) => {
      const text = formatIp({ family: 4, value });
      assert.equal(parseIp(text), { family: 4, value });
      assert.is(addressValue(text), value);
      const octets = text.split('.').map(Number);
      assert.is(
        octets.reduce((sum, octet, i) => sum + BigInt(octet) * 256n ** BigInt(3 - i), 0n),
        value,
      );
    }),
  );
});

test('IPv6 text is what the URL standard serialises, except for mapped addresses', () => {
  fc.assert(
    fc.property(ipv6Value, (value) => {
      const text = formatIp({ family: 6, value });
      assert.ok(isIPv6(text), text);
      assert.equal(parseIp(text), { family: 6, value });
      assert.is(addressValue(text), value);
      if (value >> 32n !== 0xffffn) assert.is(`[${text}]`, new URL(`http://[${text}]/`).hostname);
    }),
    { numRuns: 1000 },
  );
});

/** Another legal way to write a value: padded groups, capitals, `::` at any zero run, a dotted tail. */
const anyWriting = fc.record({
  value: ipv6Value,
  pad: fc.boolean(),
  upper: fc.boolean(),
  dotted: fc.boolean(),
});

test('every legal writing of an IPv6 address reads as the same value', () => {
  fc.assert(
    fc.property(anyWriting, fc.nat({ max: 7 }), fc.nat({ max: 7 }), (style, from, length) => {
      const all = Array.from({ length: 8 }, (_, i) =>
        Number((style.value >> BigInt(112 - 16 * i)) & 0xffffn),
      );
      const groups = all.map((group) => group.toString(16).padStart(style.pad ? 4 : 1, '0'));
      const tail = all.slice(6).flatMap((group) => [group >> 8, group & 255]);
      const written = style.dotted ? [...groups.slice(0, 6), tail.join('.')] : groups;
      const run = all.slice(from, Math.min(from + length + 1, style.dotted ? 6 : 8));
      const canCut = run.length > 0 && run.every((group) => group === 0);
      const text = canCut
        ? `${written.slice(0, from).join(':')}::${written.slice(from + run.length).join(':')}`
        : written.join(':');
      assert.equal(parseIp(style.upper ? text.toUpperCase() : text), { family: 6, value: style.value }, text);
    }),
    { numRuns: 1000 },
  );
});

for (const [, canonical] of CANONICAL)
  test(`${canonical} goes into words and comes back`, () => {
    const address = canonical as Address;
    const words = Int32Array.from(addressWords(address));
    assert.is(words.length, familyBits(familyOf(address)) / 32);
    assert.is(formatWords(words), canonical);
    assert.equal(valueWords({ family: familyOf(address), value: addressValue(address) }), [...words]);
  });

test.run();
