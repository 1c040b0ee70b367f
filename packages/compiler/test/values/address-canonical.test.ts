import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { formatIp, parseAddress, parseIp } from '../../src/values/address.ts';
import { holds } from '../property/run.ts';

/** Groups that make runs of zeros, and the ones at the borders of their length. */
const group = fc.constantFrom('0', '0', '0', '1', 'a', 'f0', 'abc', 'ffff', '1000');
const full = fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) => groups.join(':'));

/** The same address in other words, or something that is hardly one. */
const spelled: fc.Arbitrary<string> = fc
  .tuple(
    full,
    fc.nat(40),
    fc.nat(6),
    fc.constantFrom('', ':', '::', '0', ':0', ':0:', 'A', 'g', '%', '.', '1.2.3.4'),
  )
  .map(([text, at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed));

/** By way of the integer, which knows no form but one. */
function slowly(text: string): string | undefined {
  const ip = parseIp(text);
  return ip && formatIp(ip);
}

test('an address is the same, however it is read', () => {
  let addresses = 0;
  holds({
    values: fc.oneof(
      full,
      spelled,
      full.map((text) => slowly(text) as string),
      full.map((text) => text.replace(/(^|:)(0:)+/, '::')),
    ),
    share: 20,
    describe: (text) => text,
    check: (text) => {
      assert.is(parseAddress(text), slowly(text));
      if (slowly(text) !== undefined) addresses++;
    },
  });
  assert.ok(addresses > 0);
});

/** Texts between an address and none: quads with zeros and ends of range, and groups with quads somewhere. */
const octet = fc.constantFrom(
  '0',
  '1',
  '9',
  '00',
  '01',
  '10',
  '99',
  '199',
  '249',
  '255',
  '256',
  '300',
  '1000',
  '',
  'a',
);
const quad = fc.array(octet, { minLength: 3, maxLength: 5 }).map((octets) => octets.join('.'));
const mixed = fc
  .array(
    fc.oneof({ weight: 5, arbitrary: group }, fc.constantFrom('', '', 'F', 'g', '12345', '%', '-1'), quad),
    { minLength: 1, maxLength: 9 },
  )
  .map((groups) => groups.join(':'));

test('an address is what Node takes for one, but for zones', () => {
  const found = { 4: 0, 6: 0, none: 0 };
  holds({
    values: fc.oneof(quad, mixed, spelled),
    share: 20,
    describe: (text) => text,
    check: (text) => {
      const expected = isIPv4(text) ? 4 : isIPv6(text) && !text.includes('%') ? 6 : 'none';
      assert.is(parseIp(text)?.family ?? 'none', expected);
      found[expected]++;
    },
  });
  assert.ok(found[4] > 0 && found[6] > 0 && found.none > 0);
});

test('what the fast way could take for canonical', () => {
  for (const text of [
    '',
    ':',
    '::',
    '::1',
    '1::',
    '1:0::2',
    '1::0:2',
    '::0',
    '0::',
    ':1',
    '1:',
    '1:::2',
    '1::2::3',
    '0:0:0:0:0:0:0:0',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '1:0:0:2::3',
    '1:0:0:2:0:0:0:3',
    '::ffff:1:2',
    '::ffff:0:1:2',
    '1:2',
    'fd00::A',
    'fd00::0a',
    '2001:db8:0:1:1:1:1:1',
  ])
    assert.is(parseAddress(text), slowly(text), text);
});

test.run();
