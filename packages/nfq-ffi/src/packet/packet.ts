/** Which fragment a packet is. A `first` one still carries its ports; a `later` one never does. */
export const Fragment = { NONE: 0, FIRST: 1, LATER: 2 } as const;
export type Fragment = (typeof Fragment)[keyof typeof Fragment];

/** What a field holds that the packet's protocol does not have. */
export const ABSENT = -1;

/**
 * One parsed packet. parsePacket fills the same object again and again, so that the hot path allocates nothing:
 * copy what must outlive the call. Addresses are signed 32-bit words in network order: small integers, cheap as Map keys.
 */
export interface Packet {
  family: 4 | 6;
  /** One word for IPv4 (the others are 0), four for IPv6. */
  readonly source: Int32Array;
  readonly destination: Int32Array;
  /** As nft's `meta l4proto`: IPv4's protocol field; IPv6's first header that is no extension header. */
  protocol: number;
  /** 0 … 65535 for TCP, UDP, UDP-Lite, SCTP and DCCP, else ABSENT. */
  sourcePort: number;
  destinationPort: number;
  /** 0 … 255 for ICMP and ICMPv6, else ABSENT. */
  icmpType: number;
  icmpCode: number;
  /** FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128 for TCP, else ABSENT. */
  tcpFlags: number;
  /** TCP's sequence number, a signed 32-bit word; 0 for other protocols. */
  sequence: number;
  fragment: Fragment;
  /** What follows the transport header: bytes[payloadAt, payloadEnd), as far as it was copied. Valid during the judgement only. */
  bytes: Uint8Array;
  payloadAt: number;
  payloadEnd: number;
}

const NO_BYTES = new Uint8Array(0);

export function createPacket(): Packet {
  return {
    family: 4,
    source: new Int32Array(4),
    destination: new Int32Array(4),
    protocol: 0,
    sourcePort: ABSENT,
    destinationPort: ABSENT,
    icmpType: ABSENT,
    icmpCode: ABSENT,
    tcpFlags: ABSENT,
    sequence: 0,
    fragment: Fragment.NONE,
    bytes: NO_BYTES,
    payloadAt: 0,
    payloadEnd: 0,
  };
}

/** The text of an address of a packet: a dotted quad, or RFC 5952. Allocates: for logs and tests, not for the hot path. */
export function formatAddress(words: Int32Array, family: 4 | 6): string {
  const word = (index: number): number => (words[index] as number) >>> 0;
  if (family === 4) return dottedQuad(word(0));
  const groups = Array.from({ length: 8 }, (_, i) => (word(i >> 1) >>> (i % 2 === 0 ? 16 : 0)) & 0xffff);
  // RFC 5952 section 5: an address mapped from IPv4 shows its dotted quad.
  if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) return `::ffff:${dottedQuad(word(3))}`;
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function dottedQuad(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
