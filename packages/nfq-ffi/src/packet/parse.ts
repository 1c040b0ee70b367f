import { readInt32, readUint16 } from '../bytes.ts';
import { parseIpv6 } from './ipv6.ts';
import { ABSENT, Fragment, type Packet } from './packet.ts';
import { Parse } from './result.ts';
import { parseTransport } from './transport.ts';

/**
 * Reads the packet in bytes[offset, offset + length) into `packet`: what the kernel copied of it, starting at the IP
 * header. Never throws, never reads outside that range, allocates nothing. Anything but Parse.OK means that the packet
 * cannot be judged, and that the fields of `packet` may be half filled.
 */
export function parsePacket(bytes: Uint8Array, offset: number, length: number, packet: Packet): Parse {
  packet.sourcePort = ABSENT;
  packet.destinationPort = ABSENT;
  packet.icmpType = ABSENT;
  packet.icmpCode = ABSENT;
  packet.tcpFlags = ABSENT;
  packet.sequence = 0;
  packet.fragment = Fragment.NONE;
  packet.bytes = bytes;
  packet.payloadAt = offset;
  packet.payloadEnd = offset;
  if (length < 1) return Parse.TRUNCATED;
  switch ((bytes[offset] as number) >> 4) {
    case 4:
      return parseIpv4(bytes, offset, offset + length, packet);
    case 6:
      return parseIpv6(bytes, offset, offset + length, packet);
    default:
      return Parse.BAD_VERSION;
  }
}

const HEADER = 20;

function parseIpv4(bytes: Uint8Array, at: number, end: number, packet: Packet): Parse {
  if (end - at < HEADER) return Parse.TRUNCATED;
  packet.family = 4;
  readAddress(bytes, at + 12, packet.source);
  readAddress(bytes, at + 16, packet.destination);
  packet.protocol = bytes[at + 9] as number;

  const headerLength = ((bytes[at] as number) & 15) * 4;
  const totalLength = readUint16(bytes, at + 2);
  if (headerLength < HEADER) return Parse.BAD_LENGTH;
  // 0 stands for more than 65,535 bytes (BIG TCP); ip_rcv lets it pass on such packets only.
  if (totalLength !== 0 && totalLength < headerLength) return Parse.BAD_LENGTH;
  const packetEnd = totalLength === 0 ? end : Math.min(end, at + totalLength);
  if (at + headerLength > packetEnd) return Parse.TRUNCATED;

  const fragmentField = readUint16(bytes, at + 6);
  if ((fragmentField & 0x1fff) !== 0) {
    packet.fragment = Fragment.LATER;
    return Parse.LATER_FRAGMENT;
  }
  if ((fragmentField & 0x2000) !== 0) packet.fragment = Fragment.FIRST;
  return parseTransport(bytes, at + headerLength, packetEnd, packet);
}

function readAddress(bytes: Uint8Array, at: number, words: Int32Array): void {
  words[0] = readInt32(bytes, at);
  words[1] = 0;
  words[2] = 0;
  words[3] = 0;
}
