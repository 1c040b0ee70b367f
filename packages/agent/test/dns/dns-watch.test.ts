import { createPacket, type Packet } from '@kncompile/nfq-ffi';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DnsWatch, isDns } from '../../src/dns/dns-watch.ts';
import { answer, framed, question } from '../support/dns-messages.ts';

const POD = 0x0a000001;
const RESOLVER = 0x0a000035;
const SYN = 2;

interface Segment {
  readonly protocol?: 6 | 17;
  readonly flags?: number;
  readonly sequence?: number;
}

function sent(
  from: number,
  ports: readonly [number, number],
  payload: Uint8Array,
  segment: Segment = {},
): Packet {
  const made = createPacket();
  made.source[0] = from;
  made.destination[0] = from === POD ? RESOLVER : POD;
  made.protocol = segment.protocol ?? 17;
  [made.sourcePort, made.destinationPort] = ports;
  made.tcpFlags = segment.flags ?? (made.protocol === 6 ? 16 : -1);
  made.sequence = segment.sequence ?? 0;
  made.bytes = payload;
  made.payloadEnd = payload.length;
  return made;
}

function watch(): { readonly dns: DnsWatch; readonly fates: string[] } {
  const fates: string[] = [];
  return {
    dns: new DnsWatch(
      () => 0,
      (fate) => fates.push(fate),
    ),
    fates,
  };
}

const TOLD = [{ client: '10.0.0.1', name: 'x.org', family: 4, addresses: Int32Array.of(0x01020304, 30) }];

test('S37: what a pod asks over UDP, and is told', () => {
  const { dns } = watch();
  dns.asked(sent(POD, [5000, 53], question('x.org')));
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], answer('x.org', '1.2.3.4'))), TOLD);
});

test('S37: an answer that nobody asked for, comes twice, or is none, teaches nothing', () => {
  const { dns, fates } = watch();
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], answer('x.org', '1.2.3.4'))), []);
  dns.asked(sent(POD, [5000, 53], question('x.org')));
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], answer('y.org', '6.6.6.6'))), []);
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], answer('x.org', '6.6.6.6', 8))), []);
  assert.equal(dns.answered(sent(RESOLVER, [53, 5001], answer('x.org', '6.6.6.6'))), []);
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], Buffer.from('nonsense of some length'))), []);
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], answer('x.org', '1.2.3.4'))), TOLD);
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], answer('x.org', '6.6.6.6'))), []);
  assert.equal(fates, ['unasked', 'unasked', 'unasked', 'unasked', 'malformed', 'unasked']);
});

test('S37: over TCP, in pieces, several on one connection', () => {
  const { dns } = watch();
  const tcp = (flags: number, sequence: number): Segment => ({ protocol: 6, flags, sequence });
  const asks = Buffer.concat([framed(question('x.org')), framed(question('y.org', 8))]);
  const tells = Buffer.concat([framed(answer('y.org', '5.6.7.8', 8)), framed(answer('x.org', '1.2.3.4'))]);
  dns.asked(sent(POD, [5000, 53], Buffer.alloc(0), tcp(SYN, 1000)));
  dns.answered(sent(RESOLVER, [53, 5000], Buffer.alloc(0), tcp(SYN | 16, -5)));
  dns.asked(sent(POD, [5000, 53], asks.subarray(0, 10), tcp(16, 1001)));
  dns.asked(sent(POD, [5000, 53], asks.subarray(10), tcp(16, 1011)));
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], tells.subarray(0, 20), tcp(16, -4))), []);
  const told = dns.answered(sent(RESOLVER, [53, 5000], tells.subarray(20), tcp(16, 16)));
  assert.equal(
    told.map(({ name }) => name),
    ['y.org', 'x.org'],
  );
});

test('a connection over TCP whose beginning was missed tells nothing, and hurts nobody', () => {
  const { dns } = watch();
  const late = { protocol: 6, flags: 16, sequence: 5 } as const;
  dns.asked(sent(POD, [5000, 53], framed(question('x.org')), late));
  assert.equal(dns.answered(sent(RESOLVER, [53, 5000], framed(answer('x.org', '1.2.3.4')), late)), []);
});

test('S37: a time to live of zero lasts long enough for the connection that follows', () => {
  const { dns } = watch();
  dns.asked(sent(POD, [5000, 53], question('x.org')));
  const [told] = dns.answered(sent(RESOLVER, [53, 5000], answer('x.org', '1.2.3.4', 7, 0)));
  assert.is(told?.addresses[1], 1);
});

test('only TCP and UDP with port 53 on the resolver’s side may be DNS', () => {
  assert.ok(isDns(sent(POD, [5000, 53], Buffer.alloc(0)), 'question'));
  assert.not(isDns(sent(POD, [53, 5000], Buffer.alloc(0)), 'question'));
  assert.ok(isDns(sent(RESOLVER, [53, 5000], Buffer.alloc(0)), 'answer'));
  const sctp = { ...sent(POD, [5000, 53], Buffer.alloc(0)), protocol: 132 };
  assert.not(isDns(sctp, 'question'));
});

test.run();
