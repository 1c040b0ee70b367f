import type { WorkerReport } from '../worker/counters.ts';
import { encodeFrame, type WorkerConfig } from '../worker/frames.ts';
import { backoffMs, HEALTHY_MS } from './backoff.ts';
import { type Child, startChild } from './child.ts';
import type { WorkerEvent } from './supervisor.ts';

/** A worker reports every second: one that has been silent this long, milliseconds, hangs in its judge. */
const SILENT_MS = 5000;
/** Where this process itself stood still so long, it first hears what its workers have said meanwhile. */
const HEARING_MS = 1000;
const STOP_MS = 5000;
/** Until it is ready it also loads Node, the judge and the whole state. */
const START_MS = 30_000;

export interface SupervisedOptions {
  /** Asked at every start, because it carries the state. */
  readonly config: () => WorkerConfig;
  readonly entry: string | undefined;
  onReport(report: WorkerReport): void;
  onTell(message: unknown): void;
  onEvent(event: WorkerEvent): void;
}

/** The place of one queue's worker, whichever process fills it. */
export interface SupervisedWorker {
  readonly ready: Promise<void>;
  send(frame: Buffer): void;
  stop(): Promise<void>;
}

export function superviseWorker(options: SupervisedOptions): SupervisedWorker {
  const ready = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  let child: Child | undefined;
  let failures = 0;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;

  const watch = (limitMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = setTimeout(() => child?.kill(), HEARING_MS);
    }, limitMs);
  };

  const start = (): void => {
    const config = options.config();
    const queue = config.queue.number;
    const started = performance.now();
    child = startChild(config, options.entry, {
      ready() {
        if (!stopping) watch(SILENT_MS);
        options.onEvent({ kind: 'ready', queue, pid: child?.pid });
        ready.resolve();
      },
      report(report) {
        if (!stopping) watch(SILENT_MS);
        options.onReport(report);
      },
      tell: (message) => options.onTell(message),
      end({ error }) {
        clearTimeout(timer);
        child = undefined;
        if (stopping) return stopped.resolve();
        failures = performance.now() - started > HEALTHY_MS ? 1 : failures + 1;
        const retryMs = Math.round(backoffMs(failures, Math.random()));
        timer = setTimeout(start, retryMs);
        options.onEvent({ kind: 'lost', queue, error, retryMs });
      },
    });
    watch(START_MS);
  };
  start();

  return {
    ready: ready.promise,
    send: (frame) => child?.send(frame),
    stop() {
      if (!stopping) {
        stopping = true;
        if (child) {
          child.send(encodeFrame({ kind: 'stop' }));
          watch(STOP_MS);
        } else {
          clearTimeout(timer);
          stopped.resolve();
        }
      }
      return stopped.promise;
    },
  };
}
