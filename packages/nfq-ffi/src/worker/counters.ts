import type { NetlinkCounters } from '../netlink/batch.ts';
import { PARSE_NAMES, type Parse, type UnjudgeableReason } from '../packet/result.ts';
import type { QueueStatistics } from '../queue/queue.ts';
import type { Direction } from './judge.ts';
import type { Traffic } from './traffic.ts';

/** Counts of a worker since it started: accepted + dropped + holding = packets. */
export interface WorkerCounters {
  packets: number;
  accepted: number;
  dropped: number;
  /** Packets that were held for a while, whatever became of them. */
  held: number;
  /** Held packets that reached their deadline. */
  expired: number;
  /** Packets that were to be held when half the queue already was; they got the fail verdict. */
  holdsRefused: number;
  /** Packets that were to be held when their source address had its share of held ones; they got the fail verdict. */
  sourceHoldsRefused: number;
  /** Times the judge threw, or returned something else than a judgement; the packet got the fail verdict. */
  judgeErrors: number;
  /** Messages of the judge that went to the parent, and attempts that failed because it did not read. */
  told: number;
  tellsRefused: number;
  /** State updates taken. */
  updates: number;
  /** Packets that got the fail verdict because they could not be parsed, by reason. */
  readonly unjudgeable: Record<UnjudgeableReason, number>;
}

/** What a worker tells its supervisor every second. */
export interface WorkerReport {
  readonly queue: number;
  readonly direction: Direction;
  readonly pid: number;
  readonly counters: Readonly<WorkerCounters>;
  readonly traffic: Traffic;
  /** Packets held at this moment. */
  readonly holding: number;
  readonly netlink: Readonly<NetlinkCounters>;
  /** Whether the kernel carries out the marks of connections that a judge's accept asks for. */
  readonly marksConnections: boolean;
  readonly kernel: QueueStatistics | undefined;
  /** Resident memory of the process, bytes. */
  readonly rss: number;
}

export function createWorkerCounters(): WorkerCounters {
  return {
    packets: 0,
    accepted: 0,
    dropped: 0,
    held: 0,
    expired: 0,
    holdsRefused: 0,
    sourceHoldsRefused: 0,
    judgeErrors: 0,
    told: 0,
    tellsRefused: 0,
    updates: 0,
    unjudgeable: { truncated: 0, badVersion: 0, badLength: 0, laterFragment: 0 },
  };
}

export function countUnjudgeable(counters: WorkerCounters, parse: Exclude<Parse, 0>): void {
  counters.unjudgeable[PARSE_NAMES[parse]]++;
}
