import { readFileSync } from 'node:fs';
import type { QueueStatistics } from './queue.ts';

const FILE = '/proc/net/netfilter/nfnetlink_queue';

/** The queues of this network namespace; none where the file is missing or may not be read. */
export function readStatistics(): readonly QueueStatistics[] {
  try {
    return parseStatistics(readFileSync(FILE, 'utf8'));
  } catch {
    return [];
  }
}

/** Reads the file's text: a line per queue, columns as in net/netfilter/nfnetlink_queue.c, seq_show. */
export function parseStatistics(text: string): readonly QueueStatistics[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((columns) => columns.length >= 8)
    .map((columns) => {
      const at = (index: number): number => columns[index] as number;
      return {
        number: at(0),
        portId: at(1),
        waiting: at(2),
        copyRange: at(4),
        queueDropped: at(5),
        userDropped: at(6),
        lastId: at(7),
      };
    });
}
