import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createPacket, formatAddress, Parse, parsePacket } from '../../src/index.ts';
import { extension, ipv4, ipv6, tcp, udp } from '../support/packets.ts';
import { summarize } from '../support/summary.ts';

test('a packet that fails leaves no port or flag of the one before', () => {
  const packet = createPacket();
  const first = ipv4({ protocol: 6 }, tcp(1, 2));
  assert.is(parsePacket(first, 0, first.length, packet), Parse.OK);
  assert.is(parsePacket(first, 0, 24, packet), Parse.TRUNCATED);
  assert.equal(
    [packet.sourcePort, packet.destinationPort, packet.tcpFlags, packet.sequence],
    [-1, -1, -1, 0],
  );
});

test('an IPv4 packet leaves no address word of the IPv6 packet before', () => {
  const packet = createPacket();
  const six = ipv6({ next: 17 }, udp(1, 2));
  const four = ipv4({ protocol: 17 }, udp(1, 2));
  parsePacket(six, 0, six.length, packet);
  parsePacket(four, 0, four.length, packet);
  assert.equal([...packet.source], [0x0a000001, 0, 0, 0]);
  assert.is(packet.family, 4);
});

test('every cut of a packet is truncated until its transport header is whole', () => {
  const cases = [
    { bytes: ipv4({ protocol: 6 }, tcp(1, 2, 2, Buffer.alloc(9))), whole: 40 },
    { bytes: ipv4({ protocol: 17 }, udp(1, 2, Buffer.alloc(9))), whole: 28 },
    { bytes: ipv6({ next: 0 }, extension(6, tcp(1, 2, 2, Buffer.alloc(9)), 1)), whole: 76 },
  ];
  for (const { bytes, whole } of cases) {
    const expected = summarize(bytes);
    assert.is(expected.parse, 'ok');
    for (let length = 0; length <= bytes.length; length++) {
      const wanted = length < whole ? { parse: 'truncated' } : expected;
      assert.equal(summarize(bytes, 0, length), wanted, `${length} bytes`);
    }
  }
});

test('the payload is what follows the transport header, as far as it was copied', () => {
  const packet = createPacket();
  const text = (): string =>
    Buffer.from(packet.bytes.subarray(packet.payloadAt, packet.payloadEnd)).toString();
  const bytes = ipv4({ protocol: 17 }, udp(53, 4000, Buffer.from('answer')));
  const padded = Buffer.concat([bytes, Buffer.from('ethernet padding')]);
  parsePacket(padded, 0, padded.length, packet);
  assert.is(text(), 'answer');
  parsePacket(padded, 0, 31, packet);
  assert.is(text(), 'ans');
});

test('parsing allocates nothing', () => {
  const packet = createPacket();
  const all = [
    ipv4({ protocol: 6, source: '200.0.0.1' }, tcp(1, 2)),
    ipv6({ next: 0, source: 'f'.repeat(32) }, extension(17, udp(1, 2))),
    ipv6({ next: 6 }, tcp(1, 2)).subarray(0, 50),
  ];
  const parseAll = (times: number): void => {
    for (let i = 0; i < times; i++) for (const one of all) parsePacket(one, 0, one.length, packet);
  };
  parseAll(50_000);
  const before = process.memoryUsage().heapUsed;
  parseAll(200_000);
  const grown = process.memoryUsage().heapUsed - before;
  // One object or heap number of 16 bytes a packet would be 9.6 MB.
  assert.ok(grown < 1_000_000, `${grown} bytes for 600,000 packets`);
});

test('addresses are written as RFC 5952 says', () => {
  const written = (hex: string): string => {
    const bytes = Buffer.from(hex, 'hex');
    return formatAddress(
      Int32Array.from([0, 4, 8, 12], (at) => bytes.readInt32BE(at)),
      6,
    );
  };
  assert.is(written('20010db8000000000000000000000001'), '2001:db8::1');
  assert.is(written('00000000000000000000000000000000'), '::');
  assert.is(written('00010000000000020000000000000003'), '1:0:0:2::3');
  assert.is(written('00010000000200000003000000040000'), '1:0:2:0:3:0:4:0');
  assert.is(written('00000000000000000000ffff01020304'), '::ffff:1.2.3.4');
  assert.is(formatAddress(Int32Array.of(-1, 0, 0, 0), 4), '255.255.255.255');
});

test.run();
