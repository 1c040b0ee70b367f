/** The same packets read by Wireshark's dissectors: an independent opinion on every field that a verdict depends on. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createPacket, parsePacket } from '../../src/index.ts';
import { generate, mutate } from '../fuzz/mutate.ts';
import { packets } from '../support/corpus.ts';
import { createRandom } from '../support/random.ts';
import { skip } from '../support/skip.ts';
import { type Summary, summarize } from '../support/summary.ts';

const packet = createPacket();

const GENERATED = 3000;
const MUTATED = 3000;

const FIELDS = [
  ...['frame.number', 'ip.src', 'ip.dst', 'ip.proto', 'ipv6.src', 'ipv6.dst'],
  ...[
    'tcp.srcport',
    'tcp.dstport',
    'tcp.flags',
    'tcp.seq_raw',
    'udp.srcport',
    'udp.dstport',
    'sctp.srcport',
    'sctp.dstport',
  ],
  ...['icmp.type', 'icmp.code', 'icmpv6.type', 'icmpv6.code'],
  // The last field of each header: it is there only when the header is whole.
  ...['tcp.urgent_pointer', 'udp.checksum', 'sctp.checksum'],
] as const;
/** One of these is there as soon as tshark got to a transport header. */
const TRANSPORT_STARTS = ['tcp.srcport', 'udp.srcport', 'sctp.srcport', 'icmp.type', 'icmpv6.type'] as const;
type Reading = Readonly<Partial<Record<(typeof FIELDS)[number], string>>>;

/** The protocols that both read in full. Inside others (tunnels, AH in IPv4) tshark goes on where nft stops. */
const TRANSPORTS: Readonly<Record<number, 'tcp' | 'udp' | 'sctp'>> = { 6: 'tcp', 17: 'udp', 132: 'sctp' };

if (spawnSync('tshark', ['--version']).status === 0) addTests();
else skip('tshark is missing (Debian package tshark)');
test.run();

function addTests(): void {
  const random = createRandom(7);
  const generated = Array.from({ length: GENERATED }, () => generate(random));
  const all: readonly Uint8Array[] = [
    ...packets.map(({ hex }) => Buffer.from(hex, 'hex')),
    ...generated,
    ...Array.from({ length: MUTATED }, () => mutate(random.pick(generated), random)),
  ];
  const readings = dissect(all);

  test('every field of a packet that we judge', () => {
    const compared = { tcp: 0, udp: 0, sctp: 0, icmp: 0, givenUp: 0 };
    for (const [index, bytes] of all.entries()) {
      const ours = summarize(bytes);
      const theirs = readings[index] as Reading;
      if (ours.parse !== 'ok') continue;
      const what = `packet ${index}: ${Buffer.from(bytes).toString('hex')}`;
      assert.is(ours.source, theirs['ip.src'] ?? theirs['ipv6.src'], what);
      assert.is(ours.destination, theirs['ip.dst'] ?? theirs['ipv6.dst'], what);
      if (theirs['ip.proto'] !== undefined) assert.is(ours.protocol, Number(theirs['ip.proto']), what);
      const transport = TRANSPORTS[ours.protocol as number];
      // tshark reads the options inside IPv6's extension headers too, and goes no further where a mutation broke them.
      const mutatedSix = bytes[0] === 0x60 && index >= packets.length + GENERATED;
      if (mutatedSix && TRANSPORT_STARTS.every((field) => theirs[field] === undefined)) {
        compared.givenUp++;
        continue;
      }
      if (transport) {
        const ports = [theirs[`${transport}.srcport`], theirs[`${transport}.dstport`]].map(Number);
        assert.equal([ours.sourcePort, ours.destinationPort], ports, what);
        compared[transport]++;
      }
      if (transport === 'tcp') {
        assert.is(ours.tcpFlags, Number(theirs['tcp.flags']) & 255, what);
        parsePacket(bytes, 0, bytes.length, packet);
        assert.is(packet.sequence, Number(theirs['tcp.seq_raw']) | 0, what);
      }
      if (ours.icmpType !== undefined) {
        const icmp = [
          theirs['icmp.type'] ?? theirs['icmpv6.type'],
          theirs['icmp.code'] ?? theirs['icmpv6.code'],
        ];
        assert.equal([ours.icmpType, ours.icmpCode], icmp.map(Number), what);
        compared.icmp++;
      }
    }
    assert.ok(
      Object.values(compared).every((count) => count > 100),
      JSON.stringify(compared),
    );
  });

  test('a packet that we call truncated has no whole transport header', () => {
    const whole = ['tcp.urgent_pointer', 'udp.checksum', 'sctp.checksum'] as const;
    let truncated = 0;
    for (const [index, bytes] of all.entries()) {
      const ours: Summary = summarize(bytes);
      if (ours.parse !== 'truncated') continue;
      truncated++;
      const theirs = readings[index] as Reading;
      const seen = whole.filter((field) => theirs[field] !== undefined);
      assert.equal(seen, [], `packet ${index}: ${Buffer.from(bytes).toString('hex')}`);
    }
    assert.ok(truncated > 100);
  });
}

/** What tshark reads of each packet; of several values of a field the first, which is the outermost. */
function dissect(all: readonly Uint8Array[]): readonly Reading[] {
  const folder = mkdtempSync(join(tmpdir(), 'nfq-tshark-'));
  try {
    const file = join(folder, 'packets.pcap');
    writeFileSync(file, pcap(all));
    const options = ['ip.defragment:FALSE', 'ipv6.defragment:FALSE'].flatMap((option) => ['-o', option]);
    const fields = FIELDS.flatMap((field) => ['-e', field]);
    const args = ['-r', file, '-n', ...options, '-T', 'fields', '-E', 'occurrence=f', ...fields];
    const { stdout } = spawnSync('tshark', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const values = line.split('\t');
        return Object.fromEntries(FIELDS.map((field, index) => [field, values[index] || undefined]));
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A capture file of packets without a link layer (LINKTYPE_RAW). */
function pcap(all: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(101, 20);
  const records = all.flatMap((bytes) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(bytes.length, 8);
    record.writeUInt32LE(bytes.length, 12);
    return [record, bytes];
  });
  return Buffer.concat([header, ...records]);
}
