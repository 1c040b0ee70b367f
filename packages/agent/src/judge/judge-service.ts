import type { Address, CompileOptions, FreshName, JudgeDelta, JudgeView } from '@kncompile/compiler';
import type { WorkerEvent, WorkerReport } from '@kncompile/nfq-ffi';
import type { AnswerCounts } from '../dns/dns-watch.ts';
import type { ToldName } from '../reconcile/name-learner.ts';
import type { VerdictCounts } from './verdict-reasons.ts';

/** Where the judge has its knowledge from, and where it takes what it found out: the reconciler. */
export interface JudgeSource {
  /**
   * From now on collects what commits change for judges. `onCommit` is called after each commit that the kernel took and
   * that changed something for them.
   */
  follow(onCommit: (delta: JudgeDelta) => void): JudgeView;
  /**
   * Puts addresses that turned out to be nobody's into the kernel's `learned` sets, for LEARNED_SECONDS: the kernel then
   * judges them as outside addresses. Batched and bounded; what is refused is counted in the reconciler's statistics.
   */
  learn(addresses: readonly Address[]): void;
  /**
   * Has the kernel let a pod reach what it was told for a DNS name (S37). Resolves when it does, with what it knows now;
   * with nothing where it does not take that.
   */
  learnName(told: ToldName): Promise<readonly FreshName[]>;
  /** All that pods may still use for new connections, with the seconds that are left: for a worker that starts. */
  freshNames(): readonly FreshName[];
}

export interface JudgeOptions {
  /** Those of the compiler, as `openQueuePath` returned them. */
  readonly options: CompileOptions;
  readonly source: JudgeSource;
  /** How long a packet waits for the agent to learn whose address it bears, milliseconds (`--resolve-timeout`). */
  readonly resolveTimeout: number;
  /** Every second from every worker: what nfq-ffi knows of its queue and process. */
  onReport?(report: WorkerReport): void;
  /** A worker is ready, or lost and soon started again. */
  onEvent?(event: WorkerEvent): void;
}

/** Counters never go back, also when a worker is started anew; gauges are as of the workers' last reports, at most 1 s old. */
export interface JudgeStats {
  readonly verdicts: VerdictCounts;
  /** Packets dropped by policy: "NetworkPolicy shop/db" -> count. At most MOST_POLICIES names; the rest under "other". */
  readonly denied: ReadonlyMap<string, number>;
  /** Messages from resolvers to pods with rules about names (S37). */
  readonly dnsAnswers: AnswerCounts;
  /** Gauge: packets that wait for the agent to learn something. */
  readonly holding: number;
  /** Packets that were held; those of them that waited until the end; and those refused, because too many waited already. */
  readonly held: number;
  readonly expired: number;
  readonly holdsRefused: number;
  /** Packets dropped (or accepted, with fail-open) because they could not be parsed. */
  readonly unjudgeable: number;
  /** Packets that the judge failed at: a mistake of ours. They were dropped (or accepted, with fail-open). */
  readonly judgeErrors: number;
  /** Rows of the decision table that workers asked for. */
  readonly questions: number;
  /** Addresses that workers found to be nobody's. */
  readonly unknownAddresses: number;
  /** Those of them that were not learned, because one other end had to do with too many. */
  readonly unknownRefused: number;
  /** Workers that ended unasked. */
  readonly restarts: number;
  /** Gauge: workers that listen. */
  readonly ready: number;
}

/** The queue workers, and what feeds them. */
export interface JudgeService {
  /** Resolves when every worker listens for the first time. Connections that need the judge are dropped before (not with fail-open). */
  readonly ready: Promise<void>;
  readonly stats: JudgeStats;
  /** Lets the workers answer what they have, then ends them. The kernel's table and the way to the queues stay. */
  stop(): Promise<void>;
}
