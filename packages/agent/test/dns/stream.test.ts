import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DnsStream } from '../../src/dns/stream.ts';

function framed(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    messages.flatMap((each) => [Uint8Array.of(each.length >> 8, each.length & 255), each]),
  );
}

const text = (messages: readonly Uint8Array[]): string[] =>
  messages.map((each) => Buffer.from(each).toString());

test('a message comes out when its last octet has come', () => {
  const stream = new DnsStream(100);
  const octets = framed(Buffer.from('hello'), Buffer.from('you'));
  assert.equal(text(stream.push(100, octets.subarray(0, 1))), []);
  assert.equal(text(stream.push(101, octets.subarray(1, 6))), []);
  assert.equal(text(stream.push(106, octets.subarray(6))), ['hello', 'you']);
});

test('what was sent again changes nothing, and neither does what says something else', () => {
  const stream = new DnsStream(0);
  const octets = framed(Buffer.from('hello'));
  stream.push(0, octets.subarray(0, 4));
  assert.equal(text(stream.push(0, Buffer.from('XXXX'))), []);
  assert.equal(text(stream.push(2, Buffer.concat([Buffer.from('YY'), octets.subarray(4)]))), ['hello']);
  assert.equal(text(stream.push(0, octets)), []);
});

test('a stream with too large a gap is given up', () => {
  const stream = new DnsStream(0);
  for (let n = 1; n <= 100; n++) stream.push(n * 10, new Uint8Array(1));
  assert.ok(stream.isLost);
  assert.equal(stream.push(0, framed(Buffer.from('hello'))), []);
});

test('a large message in single octets takes no longer than it must', () => {
  const stream = new DnsStream(0);
  const octets = framed(new Uint8Array(65_535));
  let messages = 0;
  for (let at = 0; at < octets.length; at++) messages += stream.push(at, octets.subarray(at, at + 1)).length;
  assert.is(messages, 1);
});

test('property: whole messages come out, in order, however the segments come', () => {
  const cases = fc.record({
    messages: fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 }),
    cuts: fc.array(fc.nat(1000), { maxLength: 12 }),
    order: fc.array(fc.nat(), { maxLength: 12 }),
    start: fc.constantFrom(0, 1, 0x7fff_fff0, 0xffff_fff0, 0xffff_ffff),
  });
  fc.assert(
    fc.property(cases, ({ messages, cuts, order, start }) => {
      const octets = framed(...messages);
      const at = [0, ...cuts.map((cut) => cut % (octets.length + 1)), octets.length].sort((x, y) => x - y);
      const segments = at.slice(1).map((end, n) => ({ from: at[n] as number, end }));
      const shuffled = segments
        .map((segment, n) => ({ segment, rank: order[n] ?? n }))
        .sort((x, y) => x.rank - y.rank)
        .map(({ segment }) => segment);
      const stream = new DnsStream(start);
      const found = shuffled.flatMap(({ from, end }) =>
        stream.push(start + from, octets.subarray(from, end)),
      );
      assert.equal(
        found.map((each) => [...each]),
        messages.map((each) => [...each]),
      );
    }),
    { numRuns: 2000 },
  );
});

test.run();
