import { readInt32 } from '../bytes.ts';
import type { Batch, NetlinkCounters } from './batch.ts';
import {
  ATTRIBUTE_HEADER,
  ATTRIBUTE_TYPE_MASK,
  NFGENMSG,
  NFQA_MARK,
  NFQA_PACKET_HDR,
  NFQA_PAYLOAD,
  NFQNL_MSG_PACKET,
  NLMSG_ERROR,
  NLMSG_HEADER,
  NLMSG_OVERRUN,
  PACKET_HDR,
} from './constants.ts';

/**
 * Reads the datagram at batch.bytes[at, at + length) and appends its packet to the batch, which must have room. The
 * kernel sends one message a datagram (nfnetlink_unicast, netlink_ack), so whatever follows the first is ignored.
 * Never throws and never reads outside the datagram. A packet whose id can be read is always appended, with what there is
 * of its payload, so that it gets a verdict however broken the rest is.
 */
export function readDatagram(at: number, length: number, batch: Batch, counters: NetlinkCounters): void {
  const { bytes } = batch;
  if (length < NLMSG_HEADER) {
    counters.malformed++;
    return;
  }
  const end = at + Math.min(length, readHostInt32(bytes, at) >>> 0);
  switch (readHostUint16(bytes, at + 4)) {
    case NFQNL_MSG_PACKET:
      if (!readPacket(at + NLMSG_HEADER + NFGENMSG, end, batch)) counters.malformed++;
      return;
    case NLMSG_ERROR:
      readError(bytes, at + NLMSG_HEADER, end, counters);
      return;
    case NLMSG_OVERRUN:
      counters.overflows++;
      return;
    default:
      counters.malformed++;
  }
}

/** False when there is no packet id before the first attribute that cannot be read. */
function readPacket(at: number, end: number, batch: Batch): boolean {
  const { bytes, count } = batch;
  let known = false;
  batch.marks[count] = 0;
  batch.lengths[count] = 0;
  while (at + ATTRIBUTE_HEADER <= end) {
    const length = readHostUint16(bytes, at);
    if (length < ATTRIBUTE_HEADER) break;
    const value = at + ATTRIBUTE_HEADER;
    const size = Math.min(at + length, end) - value;
    switch (readHostUint16(bytes, at + 2) & ATTRIBUTE_TYPE_MASK) {
      case NFQA_PACKET_HDR:
        // The kernel puts it first; what looks like a second one is not.
        if (known || size < PACKET_HDR) break;
        batch.ids[count] = readInt32(bytes, value);
        known = true;
        break;
      case NFQA_MARK:
        if (size >= 4) batch.marks[count] = readInt32(bytes, value);
        break;
      case NFQA_PAYLOAD:
        batch.offsets[count] = value;
        batch.lengths[count] = size;
        break;
    }
    at += (length + 3) & ~3;
  }
  if (known) batch.count = count + 1;
  return known;
}

/** struct nlmsgerr starts with the negative error number; 0 acknowledges. */
function readError(bytes: Uint8Array, at: number, end: number, counters: NetlinkCounters): void {
  if (at + 4 > end) {
    counters.malformed++;
    return;
  }
  const errno = -readHostInt32(bytes, at);
  if (errno === 0) return;
  counters.rejected++;
  counters.lastErrno = errno;
}

/** The host's order is little-endian on every platform that package.json admits. */
function readHostUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function readHostInt32(bytes: Uint8Array, at: number): number {
  return readHostUint16(bytes, at) | (readHostUint16(bytes, at + 2) << 16);
}
