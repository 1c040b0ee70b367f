import type { Verdict } from '../netlink/verdict.ts';
import type { QueueOptions } from '../queue/queue.ts';
import type { WorkerReport } from '../worker/counters.ts';
import { encodeFrame } from '../worker/frames.ts';
import type { Direction } from '../worker/judge.ts';
import { allowedCores } from './cores.ts';
import { superviseWorker } from './supervise-worker.ts';

export interface SupervisorOptions {
  readonly queues: readonly { readonly number: number; readonly direction: Direction }[];
  /** Absolute path or URL of the module with the judge (JudgeModule). */
  readonly judge: string;
  /** For a packet that cannot be judged; default drop. */
  readonly failVerdict?: Verdict;
  /** How long a packet may be held, milliseconds; default 1000. */
  readonly holdMs?: number;
  /** How each queue is opened. */
  readonly queue?: Omit<QueueOptions, 'number' | 'wakeOn'>;
  /** Everything a judge must know, asked for whenever a worker starts; goes to its `update`. */
  readonly state?: () => unknown;
  /** One core per queue, in turn; default all that this process may use. */
  readonly cores?: readonly number[];
  /** The worker's file, for bundles; default this package's. */
  readonly entry?: string;
  /** Every second, from every worker. */
  onReport?(report: WorkerReport): void;
  /** A message that the judge of queue number `queue` handed to `tell`. A restarted judge may tell it again. */
  onTell?(queue: number, message: unknown): void;
  onEvent?(event: WorkerEvent): void;
}

export type WorkerEvent =
  | { readonly kind: 'ready'; readonly queue: number; readonly pid: number | undefined }
  /** A worker ended unasked; the next starts in `retryMs`. */
  | {
      readonly kind: 'lost';
      readonly queue: number;
      readonly error: Error | undefined;
      readonly retryMs: number;
    };

export interface Supervisor {
  /** Resolves when every worker has bound its queue for the first time. */
  readonly ready: Promise<void>;
  /** Sends a structured clone of `state` to every worker's judge. */
  update(state: unknown): void;
  /** Lets every worker answer what it has, then ends it; one that does not end within 5 s is killed. */
  stop(): Promise<void>;
}

/** Starts a worker per queue, and starts it again when it ends or hangs. */
export function supervise(options: SupervisorOptions): Supervisor {
  const { failVerdict = 'drop', holdMs = 1000, cores = allowedCores() } = options;
  const workers = options.queues.map(({ number, direction }, index) =>
    superviseWorker({
      config: () => ({
        queue: { ...options.queue, number },
        direction,
        judge: options.judge,
        failVerdict,
        holdMs,
        core: cores[index % cores.length] ?? 0,
        state: options.state?.(),
      }),
      entry: options.entry,
      onReport: (report) => options.onReport?.(report),
      onTell: (message) => options.onTell?.(number, message),
      onEvent: (event) => options.onEvent?.(event),
    }),
  );
  return {
    ready: Promise.all(workers.map((worker) => worker.ready)).then(() => undefined),
    update(state) {
      const frame = encodeFrame({ kind: 'update', state });
      for (const worker of workers) worker.send(frame);
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
    },
  };
}
