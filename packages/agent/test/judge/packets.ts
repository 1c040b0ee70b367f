/** Packets from their IP header on, with as much in them as a judge looks at. */

const PROTOCOLS = { TCP: 6, UDP: 17 } as const;
export const SYN = 2;
export const ACK = 16;
const NOTHING = new Uint8Array(0);

export interface PacketFields {
  readonly from: string;
  readonly to: string;
  readonly protocol?: keyof typeof PROTOCOLS;
  readonly sourcePort?: number;
  readonly port: number;
  readonly flags?: number;
  readonly sequence?: number;
  readonly payload?: Uint8Array;
}

/** An IPv4 packet. */
export function packet({
  from,
  to,
  protocol = 'TCP',
  sourcePort = 40_000,
  port,
  flags = SYN,
  sequence = 0,
  payload = NOTHING,
}: PacketFields): Uint8Array {
  const payloadAt = protocol === 'TCP' ? 40 : 28;
  const bytes = Buffer.alloc(payloadAt + payload.length);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(bytes.length, 2);
  bytes[9] = PROTOCOLS[protocol];
  bytes.set(from.split('.').map(Number), 12);
  bytes.set(to.split('.').map(Number), 16);
  bytes.writeUInt16BE(sourcePort, 20);
  bytes.writeUInt16BE(port, 22);
  if (protocol === 'TCP') {
    bytes.writeUInt32BE(sequence, 24);
    bytes.set([0x50, flags], 32);
  } else bytes.writeUInt16BE(8 + payload.length, 24);
  bytes.set(payload, payloadAt);
  return bytes;
}
