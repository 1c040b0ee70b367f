import { readInt32, readUint16 } from '../bytes.ts';
import { Fragment, type Packet } from './packet.ts';
import { Parse } from './result.ts';
import { parseTransport } from './transport.ts';

const HEADER = 40;
const FRAGMENT_HEADER = 8;

/** The extension headers that Linux walks over (ipv6_ext_hdr), so that our protocol is nft's `meta l4proto`. */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

/** As parsePacket, for IPv6: bytes[at, end). Every extension header has at least 8 bytes, so the walk is bounded by `end`. */
export function parseIpv6(bytes: Uint8Array, at: number, end: number, packet: Packet): Parse {
  if (end - at < HEADER) return Parse.TRUNCATED;
  packet.family = 6;
  readAddress(bytes, at + 8, packet.source);
  readAddress(bytes, at + 24, packet.destination);

  let protocol = bytes[at + 6] as number;
  packet.protocol = protocol;
  const payloadLength = readUint16(bytes, at + 4);
  // 0 stands for a jumbogram, whose length is in a hop-by-hop option (RFC 2675).
  const jumbo = payloadLength === 0 && protocol === HOP_BY_HOP;
  const packetEnd = jumbo ? end : Math.min(end, at + HEADER + payloadLength);

  let header = at + HEADER;
  for (;;) {
    let length: number;
    switch (protocol) {
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION_OPTIONS:
        if (header + 2 > packetEnd) return Parse.TRUNCATED;
        length = ((bytes[header + 1] as number) + 1) * 8;
        break;
      case AUTHENTICATION:
        if (header + 2 > packetEnd) return Parse.TRUNCATED;
        length = ((bytes[header + 1] as number) + 2) * 4;
        break;
      case FRAGMENT:
        if (header + FRAGMENT_HEADER > packetEnd) return Parse.TRUNCATED;
        length = FRAGMENT_HEADER;
        if (!readFragment(bytes, header, packet)) {
          packet.protocol = bytes[header] as number;
          return Parse.LATER_FRAGMENT;
        }
        break;
      default:
        return parseTransport(bytes, header, packetEnd, packet);
    }
    if (header + length > packetEnd) return Parse.TRUNCATED;
    protocol = bytes[header] as number;
    packet.protocol = protocol;
    header += length;
  }
}

/** False for a later fragment, where no further header follows. */
function readFragment(bytes: Uint8Array, at: number, packet: Packet): boolean {
  const field = readUint16(bytes, at + 2);
  if (field >> 3 !== 0) {
    packet.fragment = Fragment.LATER;
    return false;
  }
  // Offset 0 and no more to come is a whole packet (an atomic fragment, RFC 6946).
  if ((field & 1) !== 0) packet.fragment = Fragment.FIRST;
  return true;
}

function readAddress(bytes: Uint8Array, at: number, words: Int32Array): void {
  for (let i = 0; i < 4; i++) words[i] = readInt32(bytes, at + 4 * i);
}
