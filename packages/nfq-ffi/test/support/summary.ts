import { createPacket, Fragment, formatAddress, PARSE_NAMES, parsePacket } from '../../src/index.ts';

/** A parsed packet as plain data with text addresses; fields that the packet does not have are left out. */
export interface Summary {
  readonly parse: string;
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  readonly tcpFlags?: number;
  readonly fragment?: 'first';
}

const packet = createPacket();

/** Parses bytes[offset, offset + length); of what is not `ok` only the reason counts. */
export function summarize(bytes: Uint8Array, offset = 0, length = bytes.length - offset): Summary {
  const parse = PARSE_NAMES[parsePacket(bytes, offset, length, packet)];
  if (parse !== 'ok') return { parse };
  const present = (name: string, value: number) => (value < 0 ? {} : { [name]: value });
  return {
    parse,
    source: formatAddress(packet.source, packet.family),
    destination: formatAddress(packet.destination, packet.family),
    protocol: packet.protocol,
    ...present('sourcePort', packet.sourcePort),
    ...present('destinationPort', packet.destinationPort),
    ...present('icmpType', packet.icmpType),
    ...present('icmpCode', packet.icmpCode),
    ...present('tcpFlags', packet.tcpFlags),
    ...(packet.fragment === Fragment.FIRST ? { fragment: 'first' as const } : {}),
  };
}
