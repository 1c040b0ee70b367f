import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Ffi } from './ffi.ts';
import {
  findAttribute,
  IS_LITTLE_ENDIAN,
  type Message,
  messagesIn,
  NetlinkSocket,
  NLM_F_DUMP,
  NLMSG_DONE,
  NLMSG_ERROR,
  netfilterMessage,
  numberAttribute,
} from './netlink.ts';

/** linux/netfilter/nfnetlink_conntrack.h */
const CT_NEW = 1 << 8;
const CT_GET = (1 << 8) | 1;
const CTA_TUPLE_ORIG = 1;
const CTA_MARK = 8;
const CTA_ZONE = 18;
const CTA_MARK_MASK = 21;

/** What one receive of a dump brings at most: some hundred entries, about a millisecond of work. */
const SLICE_BYTES = 64 * 1024;

export interface Conntrack {
  /**
   * Takes the bits of `mask` out of the mark of every connection of the network namespace whose bits are neither `kept`
   * nor clear already; other bits stay. Returns how many it changed. Connections made meanwhile may be left out.
   * The event loop is held for about a millisecond at a time.
   * @throws Error where the kernel does not answer
   */
  clearMarks(mask: number, kept: number): Promise<number>;
}

/** Undefined where conntrack cannot be reached from here. */
export function openConntrack(ffi: Ffi): Conntrack | undefined {
  return IS_LITTLE_ENDIAN ? { clearMarks: (mask, kept) => clearMarks(ffi, mask, kept) } : undefined;
}

/**
 * Two sockets, so that errors about entries that are gone do not mix with the dump. An entry that the ruleset stamps
 * between dump and update loses its new stamp, and is judged once more: never the other way round.
 */
async function clearMarks(ffi: Ffi, mask: number, kept: number): Promise<number> {
  const dump = new NetlinkSocket(ffi);
  const updates = new NetlinkSocket(ffi);
  const slice = Buffer.alloc(SLICE_BYTES);
  const errors = Buffer.alloc(SLICE_BYTES);
  try {
    if (!dump.send(netfilterMessage(CT_GET, NLM_F_DUMP, 0, Buffer.alloc(0))))
      throw new Error('the kernel does not list its connections');
    for (let cleared = 0; ; await nextTurn()) {
      const length = dump.receive(slice);
      if (length === 0) throw new Error('the kernel does not list its connections to the end');
      const batch: Buffer[] = [];
      let done = false;
      for (const message of messagesIn(slice, length)) {
        if (message.type === NLMSG_ERROR) throw new Error('the kernel refuses to list its connections');
        done ||= message.type === NLMSG_DONE;
        const update = message.type === CT_NEW && clearingUpdate(slice, message, mask, kept);
        if (update) batch.push(update);
      }
      if (batch.length > 0 && !updates.send(Buffer.concat(batch)))
        throw new Error('the kernel does not take the changed marks');
      while (updates.receive(errors, false) > 0);
      cleared += batch.length;
      if (done) return cleared;
    }
  } finally {
    dump.close();
    updates.close();
  }
}

/** The update for one listed connection; undefined where its mark may stay. */
function clearingUpdate(slice: Buffer, message: Message, mask: number, kept: number): Buffer | undefined {
  const mark = findAttribute(slice, message, CTA_MARK);
  const tuple = findAttribute(slice, message, CTA_TUPLE_ORIG);
  if (!mark || !tuple) return undefined;
  const ours = (slice.readUInt32BE(mark.start + 4) & mask) >>> 0;
  if (ours === 0 || ours === kept) return undefined;
  const zone = findAttribute(slice, message, CTA_ZONE);
  const attributes = [
    padded(slice.subarray(tuple.start, tuple.end)),
    ...(zone ? [padded(slice.subarray(zone.start, zone.end))] : []),
    numberAttribute(CTA_MARK, 0),
    numberAttribute(CTA_MARK_MASK, mask),
  ];
  const family = slice.readUInt8(message.start - 4);
  return netfilterMessage(CT_NEW, 0, family, Buffer.concat(attributes));
}

function padded(attribute: Buffer): Buffer {
  const rest = -attribute.length & 3;
  return rest === 0 ? attribute : Buffer.concat([attribute, Buffer.alloc(rest)]);
}
