import type { Batch } from '../netlink/batch.ts';

/**
 * Which packets still want a verdict. A verdict for "every packet up to N" is half the price of one for each, and right
 * only while N is the oldest packet without one: this is the check.
 */
export interface Outstanding {
  /** Before the batch is refilled: what it still holds unanswered becomes overdue. */
  retire(): void;
  /** Notes an answer; true when no older packet waits, so that the answer may stand for "every packet up to this". */
  settle(id: number): boolean;
}

export function createOutstanding(batch: Batch): Outstanding {
  /** Older than the cursor and unanswered: held packets. */
  const overdue = new Set<number>();
  /** Entries of the batch before it were answered in order, or are overdue. */
  let cursor = 0;

  const passTo = (index: number): void => {
    for (; cursor < index; cursor++) overdue.add(batch.ids[cursor] as number);
  };

  return {
    retire() {
      passTo(batch.count);
      cursor = 0;
    },
    settle(id) {
      if (cursor < batch.count && batch.ids[cursor] === id) {
        cursor++;
        return overdue.size === 0;
      }
      if (overdue.delete(id)) return false;
      const index = batch.ids.subarray(0, batch.count).indexOf(id, cursor);
      // Neither overdue nor in the batch: a second answer, which the kernel will refuse.
      if (index < 0) return false;
      passTo(index);
      cursor = index + 1;
      return false;
    },
  };
}
