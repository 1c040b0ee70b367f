/** Packets from their IP header on, with as much in them as a judge looks at. */

const PROTOCOLS = { TCP: 6, UDP: 17 } as const;
export const SYN = 2;
export const ACK = 16;

export interface PacketFields {
  readonly from: string;
  readonly to: string;
  readonly protocol?: keyof typeof PROTOCOLS;
  readonly sourcePort?: number;
  readonly port: number;
  readonly flags?: number;
}

/** An IPv4 packet. */
export function packet({
  from,
  to,
  protocol = 'TCP',
  sourcePort = 40_000,
  port,
  flags = SYN,
}: PacketFields): Uint8Array {
  const bytes = Buffer.alloc(40);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(40, 2);
  bytes[9] = PROTOCOLS[protocol];
  bytes.set(from.split('.').map(Number), 12);
  bytes.set(to.split('.').map(Number), 16);
  bytes.writeUInt16BE(sourcePort, 20);
  bytes.writeUInt16BE(port, 22);
  if (protocol === 'TCP') bytes.set([0x50, flags], 32);
  else bytes.writeUInt16BE(20, 24);
  return bytes;
}
