import {
  type Address,
  type CompileOptions,
  type ConnectionAttempt,
  type FreshName,
  type JudgeDelta,
  type JudgedAttempt,
  type JudgeView,
  lastGeneration,
  type ModelObject,
  type ObjectId,
  type Ruleset,
  type Stats,
  stampValue,
} from '@kncompile/compiler';
import type { Conntrack } from '../kernel/conntrack.ts';
import { type Kernel, KernelError } from '../kernel/kernel.ts';
import { Checker } from './checker.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { Committer } from './committer.ts';
import type { ToldName } from './name-learner.ts';
import { StampSpace } from './stamp-space.ts';
import { type CommitReport, newStats, type ReconcileStats } from './stats.ts';

/** Between the beginnings of two commits, in milliseconds: what happens meanwhile goes into one. */
const COMMIT_EVERY_MS = 20;

export interface ReconcilerOptions {
  readonly options: CompileOptions;
  readonly kernel: Kernel;
  /** Undefined where conntrack marks cannot be changed: then old stamps are not cleared before numbers come again. */
  readonly conntrack: Conntrack | undefined;
  readonly clock?: Clock;
  /** Is told of every commit that changed the kernel. */
  readonly onCommit?: (report: CommitReport) => void;
}

/**
 * Keeps the kernel's table equal to what the objects compile to. Events may come at any time; nothing is committed before
 * `ready`. The first event is committed at once, then at most one commit begins every 20 ms. One thing at a time is done
 * to the kernel.
 */
export class Reconciler {
  readonly stats: ReconcileStats = newStats();
  readonly #kernel: Kernel;
  readonly #clock: Clock;
  readonly #space: StampSpace;
  readonly #committer: Committer;
  readonly #checker: Checker;
  #listing: Promise<Listing>;
  #isReady = false;
  #hasBegun = false;
  #isStopped = false;
  #cancelTimer: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #notBefore = 0;
  #waiting: (() => void)[] = [];

  /** Reads the kernel's table at once, while others list the cluster. */
  constructor({ options, kernel, conntrack, clock = SYSTEM_CLOCK, onCommit = () => {} }: ReconcilerOptions) {
    const { stats } = this;
    const { markMask } = options;
    this.#kernel = kernel;
    this.#clock = clock;
    const clears = conntrack !== undefined && options.established === 'revoke';
    const current = (): number => stampValue({ generation: stats.generation, markMask });
    const clear = clears ? () => conntrack.clearMarks(markMask, current()) : undefined;
    this.#space = new StampSpace(lastGeneration(markMask), clear, clock, stats);
    this.#committer = new Committer({ options, kernel, clock, space: this.#space, stats, onCommit });
    this.#checker = new Checker({
      kernel,
      clock,
      committer: this.#committer,
      stats,
      markMask,
      request: () => this.#schedule(),
    });
    this.#listing = this.#list();
  }

  /** Adds an object, or replaces the one of the same kind, namespace and name. */
  set(object: ModelObject): void {
    this.#committer.set(object);
    this.#schedule();
  }

  /** Removes an object; one that is not there is no error. */
  delete(id: ObjectId): void {
    this.#committer.delete(id);
    this.#schedule();
  }

  /** See JudgeSource. */
  follow(onCommit: (delta: JudgeDelta) => void): JudgeView {
    return this.#committer.follow(onCommit);
  }

  /** See JudgeSource. */
  learn(addresses: readonly Address[]): void {
    this.#committer.learn(addresses);
    this.#schedule();
  }

  /** See JudgeSource. */
  learnName(told: ToldName): Promise<readonly FreshName[]> {
    if (this.#isStopped) return Promise.resolve([]);
    const learned = this.#committer.learnName(told);
    this.#schedule();
    return learned;
  }

  /** See JudgeSource. */
  freshNames(): readonly FreshName[] {
    return this.#committer.freshNames();
  }

  /** Whether the node's kernel forwards service traffic by IPVS from now on. */
  useIpvs(ipvs: boolean): void {
    this.#committer.useIpvs(ipvs);
    this.#schedule();
  }

  /** Every kind has been listed: from now on the kernel follows. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#schedule();
  }

  /** What the kernel is to hold: a copy, in time and memory proportional to its size. */
  intent(): Ruleset {
    return this.#committer.intent();
  }

  /** What the policies say to a connection, as of the last commit, and who its ends are. */
  judge(attempt: ConnectionAttempt): JudgedAttempt {
    return this.#committer.judge(attempt);
  }

  /** How large the intent is. */
  size(): Stats {
    return this.#committer.size();
  }

  /** Whether the kernel holds all events so far, as far as is known. */
  get isSettled(): boolean {
    return this.#hasBegun && this.#isIdle() && this.stats.inStep;
  }

  /** Resolves when the kernel holds all events so far, and no check is due; also when the reconciler stops. */
  settled(): Promise<void> {
    if (this.#isStopped || (this.#hasBegun && this.#isIdle())) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Compares the kernel's table with the intent now, and repairs it where they differ. Resolves with whether they did;
   * false also where that could not be found out, which `stats.failedChecks` counts.
   */
  check(): Promise<boolean> {
    return this.#hasBegun && !this.#isStopped ? this.#checker.check() : Promise.resolve(false);
  }

  /** Ends the commit in flight, and leaves the ruleset in the kernel as it is. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#checker.stop();
    await this.#listing;
    await this.#working;
    await this.#space.settled();
    this.#committer.stop();
    this.#wakeWaiting();
  }

  async #list(): Promise<Listing> {
    const commitNumber = this.#kernel.commitNumber();
    try {
      return { listing: await this.#kernel.list(), commitNumber };
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.stats.lastError = error.message;
      return { listing: undefined, commitNumber: undefined, failed: true };
    }
  }

  #schedule(): void {
    if (!this.#isReady || this.#isStopped || this.#working || !this.#hasWork()) return;
    this.#cancelTimer?.();
    const due = Math.max(this.#notBefore, this.#committer.loadDue ?? 0);
    this.#cancelTimer = this.#clock.after(Math.max(0, due - this.#clock.now()), () => {
      this.#cancelTimer = undefined;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        if (this.#isIdle()) this.#wakeWaiting();
        this.#schedule();
      });
    });
  }

  async #work(): Promise<void> {
    this.#notBefore = this.#clock.now() + COMMIT_EVERY_MS;
    if (!this.#hasBegun) await this.#begin();
    else if (this.#committer.loadDue !== undefined) await this.#committer.load();
    else if (this.#checker.isDue) await this.#checker.settle();
    else await this.#committer.commit();
  }

  async #begin(): Promise<void> {
    let found = await this.#listing;
    // Whoever has changed something since then may have changed our table.
    const number = this.#kernel.commitNumber();
    if (found.failed || number === undefined || number !== found.commitNumber) {
      this.#listing = this.#list();
      found = await this.#listing;
    }
    this.#listing = Promise.resolve(NO_LISTING);
    await this.#committer.begin(found.listing);
    this.#hasBegun = true;
    this.#checker.start();
  }

  #hasWork(): boolean {
    return !this.#isIdle() || !this.#hasBegun;
  }

  #isIdle(): boolean {
    const { hasEvents, hasLearned, loadDue } = this.#committer;
    return !this.#working && !hasEvents && !hasLearned && loadDue === undefined && !this.#checker.isDue;
  }

  #wakeWaiting(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

interface Listing {
  readonly listing: string | undefined;
  readonly commitNumber: number | undefined;
  readonly failed?: true;
}

const NO_LISTING: Listing = Object.freeze({ listing: undefined, commitNumber: undefined });
