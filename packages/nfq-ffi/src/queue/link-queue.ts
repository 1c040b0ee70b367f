import { NfqError } from '../errors.ts';
import { type Batch, createBatch, createNetlinkCounters } from '../netlink/batch.ts';
import { readDatagram } from '../netlink/read.ts';
import {
  type ConnectionMark,
  extendBatchVerdict,
  LONGEST_VERDICT,
  type Verdict,
  writeBatchVerdict,
  writeVerdict,
} from '../netlink/verdict.ts';
import { type Link, OUTGOING, OVERFLOW, SLOTS } from './link.ts';
import { createOutstanding } from './outstanding.ts';
import type { Queue } from './queue.ts';

const NO_RUN = -1;

/** A queue over a link: reads its datagrams, writes its verdicts. The rest is known only to the link's side. */
export function createLinkQueue(
  number: number,
  link: Link,
  { marksConnections, statistics }: Pick<Queue, 'marksConnections' | 'statistics'>,
): Queue {
  const batch = createBatch(link.bytes, SLOTS);
  const counters = createNetlinkCounters();
  const outstanding = createOutstanding(batch);
  const first = link.outgoingAt >> 2;
  const last = first + ((OUTGOING - LONGEST_VERDICT) >> 2);
  let next = first;
  /** Where the batch verdict lies that the next answer may extend, and its verdict. */
  let run = NO_RUN;
  let runVerdict: Verdict | undefined;
  let closed = false;

  const checkOpen = (): void => {
    if (closed) throw new NfqError('NFQ_CLOSED', `queue ${number}`);
  };

  /** The bytes to send. They count as sent even if sending throws: the queue is unusable then. */
  const takeOutgoing = (): number => {
    const bytes = (next - first) << 2;
    next = first;
    run = NO_RUN;
    return bytes;
  };

  const flush = (): void => {
    checkOpen();
    if (next > first) link.send(takeOutgoing());
  };

  return {
    number,
    counters,
    marksConnections,
    get woken() {
      return link.woken;
    },
    receive(timeoutMs: number): Batch {
      checkOpen();
      outstanding.retire();
      batch.count = 0;
      const received = link.exchange(takeOutgoing(), timeoutMs);
      if (received === OVERFLOW) counters.overflows++;
      for (let i = 0; i < received; i++) {
        readDatagram(link.slotsAt + i * link.slotSize, link.lengthOf(i), batch, counters);
      }
      return batch;
    },
    answer(id: number, verdict: Verdict, mark?: number, connection?: ConnectionMark): void {
      checkOpen();
      // A message that could not be read may be a packet that waits unseen: nothing may be answered in its name.
      const oldest = outstanding.settle(id) && counters.malformed === 0;
      // The kernel's batch verdict knows no connection mark.
      const joins = oldest && mark === undefined && connection === undefined;
      if (joins && run !== NO_RUN && verdict === runVerdict) {
        extendBatchVerdict(link.words, run, id);
        return;
      }
      if (next > last) flush();
      run = joins ? next : NO_RUN;
      runVerdict = verdict;
      next += joins
        ? writeBatchVerdict(link.words, next, number, id, verdict)
        : writeVerdict(link.words, next, number, id, verdict, mark, connection);
    },
    flush,
    statistics,
    close(): void {
      if (closed) return;
      flush();
      closed = true;
      link.close();
    },
  };
}
