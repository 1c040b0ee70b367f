import { swapInt32 } from '../bytes.ts';
import {
  ATTRIBUTE_HEADER,
  CTA_MARK,
  CTA_MARK_MASK,
  NFGENMSG,
  NFQA_CT,
  NFQA_MARK,
  NFQA_VERDICT_HDR,
  NFQNL_MSG_VERDICT,
  NFQNL_MSG_VERDICT_BATCH,
  NLA_F_NESTED,
  NLM_F_REQUEST,
  NLMSG_HEADER,
} from './constants.ts';

export type Verdict = 'accept' | 'drop';

/** New bits for the mark of a packet's connection: mark = mark & ~mask | value & mask. Both are 32 bits, of either sign. */
export interface ConnectionMark {
  readonly value: number;
  readonly mask: number;
}

/** Of linux/netfilter.h. */
const NF_DROP = 0;
const NF_ACCEPT = 1;

const VERDICT_HDR = ATTRIBUTE_HEADER + 8;
const MARK = ATTRIBUTE_HEADER + 4;
const WITHOUT_MARK = NLMSG_HEADER + NFGENMSG + VERDICT_HDR;

const CONNECTION = ATTRIBUTE_HEADER + 2 * MARK;

/** Bytes of the longest verdict message. */
export const LONGEST_VERDICT = WITHOUT_MARK + MARK + CONNECTION;

/**
 * Writes one packet's verdict at words[at] and returns the message's length in words. `words` is in the host's
 * (little-endian) order; `queue` is 0 … 65535. A `mark` replaces the packet's mark. `connection` has no effect where the
 * kernel cannot mark connections, or does not track the packet (nfqnl_recv_verdict ignores it).
 */
export function writeVerdict(
  words: Int32Array,
  at: number,
  queue: number,
  id: number,
  verdict: Verdict,
  mark: number | undefined,
  connection: ConnectionMark | undefined,
): number {
  let next = at + (WITHOUT_MARK >> 2);
  if (mark !== undefined) next = writeMark(words, next, NFQA_MARK, mark);
  if (connection !== undefined) {
    words[next] = CONNECTION | ((NFQA_CT | NLA_F_NESTED) << 16);
    // The kernel joins the mark by exclusive or (ctnetlink_change_mark): bits outside the mask would flip others' bits.
    next = writeMark(words, next + 1, CTA_MARK, connection.value & connection.mask);
    next = writeMark(words, next, CTA_MARK_MASK, connection.mask);
  }
  writeHead(words, at, (next - at) << 2, NFQNL_MSG_VERDICT, queue, id, verdict);
  return next - at;
}

/** An attribute of 32 bits; returns where the next one goes. */
function writeMark(words: Int32Array, at: number, type: number, value: number): number {
  words[at] = MARK | (type << 16);
  words[at + 1] = swapInt32(value);
  return at + (MARK >> 2);
}

/** As writeVerdict, for every packet that waits and whose id is not above `id`. */
export function writeBatchVerdict(
  words: Int32Array,
  at: number,
  queue: number,
  id: number,
  verdict: Verdict,
): number {
  writeHead(words, at, WITHOUT_MARK, NFQNL_MSG_VERDICT_BATCH, queue, id, verdict);
  return WITHOUT_MARK >> 2;
}

/** Moves the end of the batch verdict at words[at] to `id`. */
export function extendBatchVerdict(words: Int32Array, at: number, id: number): void {
  words[at + ID_WORD] = swapInt32(id);
}

const ID_WORD = 7;

function writeHead(
  words: Int32Array,
  at: number,
  length: number,
  type: number,
  queue: number,
  id: number,
  verdict: Verdict,
): void {
  words[at] = length;
  words[at + 1] = type | (NLM_F_REQUEST << 16);
  words[at + 2] = 0;
  words[at + 3] = 0;
  // nfgenmsg: family and version 0, the queue in network order.
  words[at + 4] = swapInt32(queue);
  words[at + 5] = VERDICT_HDR | (NFQA_VERDICT_HDR << 16);
  words[at + 6] = swapInt32(verdict === 'accept' ? NF_ACCEPT : NF_DROP);
  words[at + ID_WORD] = swapInt32(id);
}
