import type { CompileOptions } from '@kncompile/compiler';
import type { Traffic } from '@kncompile/nfq-ffi';
import { listFlowtables } from './detect/flowtables.ts';
import { NODE_FILES } from './detect/node-files.ts';
import { NodeWatch } from './detect/node-watch.ts';
import type { JudgeService } from './judge/judge-service.ts';
import { type JudgeParts, openJudge } from './judge/open-judge.ts';
import type { Connection } from './kernel/connect.ts';
import { canJudgeIpvs } from './kernel/ipvs-support.ts';
import type { Clock } from './reconcile/clock.ts';
import { Reconciler } from './reconcile/reconciler.ts';
import type { CommitReport } from './reconcile/stats.ts';
import { type DeniedLog, openDeniedLog } from './report/denied-log.ts';
import type { Logger } from './report/logger.ts';
import { TrafficTotal } from './report/traffic-total.ts';

/** Between two looks at whether the way to the queues is still there, milliseconds. */
const REPAIR_EVERY_MS = 60_000;

/** What needs no judge does not wait longer for the queue workers and the look at the node, milliseconds. */
const LISTEN_LIMIT_MS = 5_000;

export interface EnforcementOptions {
  /** As this kernel can have them. */
  readonly options: CompileOptions;
  /** Puts the way to the queues back in order. */
  readonly repair: () => void;
  readonly connection: Connection;
  /** Milliseconds. */
  readonly resolveTimeout: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onCommit: (report: CommitReport) => void;
  readonly judge: JudgeParts | undefined;
}

/** All that works on the kernel: what commits, what judges, and what hears of denials. */
export class Enforcement {
  readonly options: CompileOptions;
  readonly reconciler: Reconciler;
  readonly judge: JudgeService;
  /** Finds what of the node escapes the ruleset. */
  readonly node: NodeWatch;
  /**
   * Resolves when every queue is listened to, and it is known whether the node has IPVS; or when that takes too long. What is
   * committed before has connections dropped that need the judge, and on a node with IPVS service traffic unjudged.
   */
  readonly listening: Promise<void>;
  /** Undefined where denied connections are not logged. */
  readonly deniedLog: DeniedLog | undefined;
  /** Packets that the kernel's chain `deny` has dropped since it was last filled. */
  readonly deniedPackets: () => number | undefined;
  readonly #parts: EnforcementOptions;
  readonly #traffic = new TrafficTotal();
  /** As the workers report it. */
  #marksConnections: boolean | undefined;
  #cancel: () => void = () => undefined;
  readonly #cancelWait: () => void;

  /** Starts. Nothing is committed before the reconciler's `ready`. */
  constructor(parts: EnforcementOptions) {
    const { options, connection, clock, log, onCommit, resolveTimeout } = parts;
    const { kernel, conntrack, deniedPackets, openLog } = connection;
    this.#parts = parts;
    this.options = options;
    this.deniedPackets = deniedPackets;
    this.reconciler = new Reconciler({ options, kernel, conntrack, clock, onCommit });
    this.judge = openJudge(
      {
        options,
        source: this.reconciler,
        resolveTimeout,
        onReport: (report) => {
          this.#marksConnections = report.marksConnections;
          this.#traffic.note(report);
        },
        onEvent(event) {
          const { kind, queue } = event;
          if (kind === 'ready') log.debug({ queue, pid: event.pid }, 'a queue worker listens');
          else {
            const why = event.error?.message ?? 'it ended';
            log.error({ queue, retryMs: event.retryMs }, `a queue worker is lost and starts again: ${why}`);
          }
        },
      },
      parts.judge,
    );
    this.node = new NodeWatch({
      files: NODE_FILES,
      clock,
      log,
      facts: () => ({
        queueVia: options.queueVia,
        conntrack: conntrack !== undefined,
        marksConnections: this.#marksConnections,
        markWriters: this.reconciler.stats.markWriters,
      }),
      listFlowtables,
      canJudgeIpvs,
      onIpvs: (ipvs) => this.reconciler.useIpvs(ipvs),
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#cancelWait = clock.after(LISTEN_LIMIT_MS, resolve);
    void Promise.all([this.judge.ready, this.node.start()]).then(() => resolve());
    this.listening = promise.finally(this.#cancelWait);
    this.deniedLog = openDeniedLog(
      { judge: (attempt) => this.reconciler.judge(attempt), log, clock },
      options.logDenied?.group,
      openLog,
    );
    this.deniedLog?.start();
    if (options.queueVia === 'mark') this.#repairLater();
  }

  /** The packets that the queue workers have judged. */
  get traffic(): Traffic {
    return this.#traffic.total;
  }

  /** Ends everything, and leaves the ruleset in the kernel as it is. */
  async stop(): Promise<void> {
    this.#cancel();
    this.#cancelWait();
    this.deniedLog?.stop();
    await Promise.all([this.node.stop(), this.judge.stop(), this.reconciler.stop()]);
  }

  #repairLater(): void {
    const { clock, repair, log } = this.#parts;
    this.#cancel = clock.after(REPAIR_EVERY_MS, () => {
      this.#repairLater();
      try {
        repair();
      } catch (error) {
        log.error(`the way to the queues cannot be repaired: ${(error as Error).message}`);
      }
    });
  }
}
