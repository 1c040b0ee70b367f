import { swapInt32 } from '../bytes.ts';
import {
  ATTRIBUTE_HEADER,
  NFGENMSG,
  NFQA_MARK,
  NFQA_VERDICT_HDR,
  NFQNL_MSG_VERDICT,
  NFQNL_MSG_VERDICT_BATCH,
  NLM_F_REQUEST,
  NLMSG_HEADER,
} from './constants.ts';

export type Verdict = 'accept' | 'drop';

/** Of linux/netfilter.h. */
const NF_DROP = 0;
const NF_ACCEPT = 1;

const VERDICT_HDR = ATTRIBUTE_HEADER + 8;
const MARK = ATTRIBUTE_HEADER + 4;
const WITHOUT_MARK = NLMSG_HEADER + NFGENMSG + VERDICT_HDR;

/** Bytes of the longest verdict message. */
export const LONGEST_VERDICT = WITHOUT_MARK + MARK;

/**
 * Writes one packet's verdict at words[at] and returns the message's length in words. `words` is in the host's
 * (little-endian) order; `queue` is 0 … 65535. A `mark` replaces the packet's mark.
 */
export function writeVerdict(
  words: Int32Array,
  at: number,
  queue: number,
  id: number,
  verdict: Verdict,
  mark: number | undefined,
): number {
  const length = mark === undefined ? WITHOUT_MARK : LONGEST_VERDICT;
  writeHead(words, at, length, NFQNL_MSG_VERDICT, queue, id, verdict);
  if (mark !== undefined) {
    words[at + 8] = MARK | (NFQA_MARK << 16);
    words[at + 9] = swapInt32(mark);
  }
  return length >> 2;
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
