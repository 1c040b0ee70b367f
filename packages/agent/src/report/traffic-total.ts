import type { Traffic, WorkerReport } from '@kncompile/nfq-ffi';
import { TRAFFIC_GROUPS, TRAFFIC_TIMES } from '@kncompile/nfq-ffi';

const TABLES = ['accepted', 'dropped', 'times', 'timeSums'] as const;

/** The packets of all queue workers, also of those that are gone. */
export class TrafficTotal {
  readonly total: Traffic = {
    accepted: new Float64Array(TRAFFIC_GROUPS),
    dropped: new Float64Array(TRAFFIC_GROUPS),
    times: new Float64Array(TRAFFIC_GROUPS * (TRAFFIC_TIMES.length + 1)),
    timeSums: new Float64Array(TRAFFIC_GROUPS),
  };
  /** The last reports by queue: a worker counts from its start. */
  readonly #last = new Map<number, WorkerReport>();

  note(report: WorkerReport): void {
    const before = this.#last.get(report.queue);
    this.#last.set(report.queue, report);
    const known = before?.pid === report.pid ? before.traffic : undefined;
    for (const table of TABLES) {
      const [sums, now, then] = [this.total[table], report.traffic[table], known?.[table]];
      for (const [at, count] of now.entries())
        sums[at] = (sums[at] as number) + count - ((then?.[at] as number | undefined) ?? 0);
    }
  }
}
