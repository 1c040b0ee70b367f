import { readInt32, readUint16 } from '../bytes.ts';
import type { Packet } from './packet.ts';
import { Parse } from './result.ts';

const ICMP = 1;
const TCP = 6;
const UDP = 17;
const DCCP = 33;
const ICMPV6 = 58;
const SCTP = 132;
const UDP_LITE = 136;

const TCP_HEADER = 20;
const UDP_HEADER = 8;
/** Of SCTP and DCCP. */
const SCTP_HEADER = 12;
/** Linux wants all of struct icmphdr before it looks at the type. */
const ICMP_HEADER = 8;

/**
 * Reads the transport header at bytes[at, end) for `packet.protocol`. A header that is cut off is never half read: with
 * the ports of a TCP header but not its flags, a judge could take a reply for a new connection.
 */
export function parseTransport(bytes: Uint8Array, at: number, end: number, packet: Packet): Parse {
  packet.payloadAt = at;
  packet.payloadEnd = end;
  switch (packet.protocol) {
    case TCP:
      return readTcp(bytes, at, end, packet);
    case UDP:
    case UDP_LITE:
      return readPorts(bytes, at, end, UDP_HEADER, packet);
    case SCTP:
    case DCCP:
      return readPorts(bytes, at, end, SCTP_HEADER, packet);
    case ICMP:
      return packet.family === 4 ? readIcmp(bytes, at, end, packet) : Parse.OK;
    case ICMPV6:
      return packet.family === 6 ? readIcmp(bytes, at, end, packet) : Parse.OK;
    default:
      return Parse.OK;
  }
}

function readTcp(bytes: Uint8Array, at: number, end: number, packet: Packet): Parse {
  if (at + TCP_HEADER > end) return Parse.TRUNCATED;
  const headerLength = ((bytes[at + 12] as number) >> 4) * 4;
  if (headerLength < TCP_HEADER) return Parse.BAD_LENGTH;
  packet.tcpFlags = bytes[at + 13] as number;
  packet.sequence = readInt32(bytes, at + 4);
  // Options may reach past what was copied: they decide nothing.
  return readPorts(bytes, at, end, Math.min(headerLength, end - at), packet);
}

function readPorts(bytes: Uint8Array, at: number, end: number, headerLength: number, packet: Packet): Parse {
  if (at + headerLength > end) return Parse.TRUNCATED;
  packet.payloadAt = at + headerLength;
  packet.sourcePort = readUint16(bytes, at);
  packet.destinationPort = readUint16(bytes, at + 2);
  return Parse.OK;
}

function readIcmp(bytes: Uint8Array, at: number, end: number, packet: Packet): Parse {
  if (at + ICMP_HEADER > end) return Parse.TRUNCATED;
  packet.payloadAt = at + ICMP_HEADER;
  packet.icmpType = bytes[at] as number;
  packet.icmpCode = bytes[at + 1] as number;
  return Parse.OK;
}
