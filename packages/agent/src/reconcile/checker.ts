import type { ListedTable } from '@kncompile/compiler';
import { type Kernel, KernelError } from '../kernel/kernel.ts';
import { ChainListings } from './chain-listings.ts';
import type { Clock } from './clock.ts';
import type { Committer } from './committer.ts';
import { type Comparison, compareTable } from './compare.ts';
import { readFound } from './found-table.ts';
import { markWriters } from './mark-writers.ts';
import type { ReconcileStats } from './stats.ts';

/** In milliseconds: between two comparisons, and between two looks at whether anybody else changed anything. */
const CHECK_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Where others change rules all the time, comparing takes at most one part in so many of the time; more where they were
 * found to change ours.
 */
const SHARE = 100;
const SHARE_AFTER_DRIFT = 10;

/** One comparison in so many also looks for others who write our mark bits: that lists everybody's rules. */
const WRITERS_EVERY = 10;

/** Comparing, repairing, comparing again; and once more for somebody who interferes meanwhile. */
const ROUNDS = 4;

export interface CheckerParts {
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly stats: ReconcileStats;
  readonly markMask: number;
  /** Asks for `settle` to be called as soon as no commit is in flight. */
  readonly request: () => void;
}

/**
 * Compares the kernel's table with the intent. First beside the commits; where that finds a difference, which a commit
 * in between may explain, once more with the commits held, and then it repairs. Where the kernel numbers its commits, and
 * all since the last comparison were ours, there is nothing to compare.
 */
export class Checker {
  readonly #parts: CheckerParts;
  readonly #listings: ChainListings;
  readonly #cancel = new Map<number, () => void>();
  #running: Promise<boolean> | undefined;
  #settled: ((drifted: boolean) => void) | undefined;
  #quietUntil = 0;
  /** What the first look could not judge. */
  #unlearnt: readonly string[] = [];
  #count = 0;

  constructor(parts: CheckerParts) {
    this.#parts = parts;
    this.#listings = new ChainListings(parts.markMask);
  }

  /** Whether `settle` is waited for. */
  get isDue(): boolean {
    return this.#settled !== undefined;
  }

  /** Compares from now on by itself. */
  start(): void {
    const { kernel, clock, committer } = this.#parts;
    const checkAlone = (): void => {
      if (!this.#running) void this.check();
    };
    this.#every(CHECK_EVERY_MS, () => {
      if (this.#count === 0 || !committer.isKernelOurs) checkAlone();
    });
    this.#every(LOOK_EVERY_MS, () => {
      const canTell = kernel.commitNumber() !== undefined;
      if (canTell && clock.now() >= this.#quietUntil && !committer.isKernelOurs) checkAlone();
    });
  }

  stop(): void {
    for (const cancel of this.#cancel.values()) cancel();
    this.#settled?.(false);
    this.#settled = undefined;
  }

  /** Resolves with whether the kernel held something else than intended when this was called. */
  async check(): Promise<boolean> {
    // One that runs already may have looked before.
    while (this.#running) await this.#running;
    this.#running = this.#check().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** The second look, and the repair. No commit may be in flight. */
  async settle(): Promise<void> {
    const drifted = await this.#guarded(() => this.#repair());
    this.#settled?.(drifted);
    this.#settled = undefined;
  }

  async #check(): Promise<boolean> {
    const { clock, stats } = this.#parts;
    const started = clock.now();
    stats.checks++;
    if (this.#count++ % WRITERS_EVERY === 0) await this.#guarded(() => this.#findMarkWriters());
    const differs = await this.#guarded(() => this.#differs());
    const drifted = differs && (await this.#settledLater());
    const now = clock.now();
    const share = drifted ? SHARE_AFTER_DRIFT : SHARE;
    this.#quietUntil = now + Math.min(CHECK_EVERY_MS, share * (now - started));
    return drifted;
  }

  /** The first look: false where all is well. */
  async #differs(): Promise<boolean> {
    const { kernel, committer } = this.#parts;
    const number = kernel.commitNumber();
    const onlyOurs = committer.isKernelOurs;
    const found = readFound(await kernel.list());
    if (found.kind !== 'ours') return true;
    const isStill = kernel.commitNumber() === number;
    if (onlyOurs && isStill) this.#listings.learn(found.table, committer.intent());
    const { parts, unlearnt } = this.#compare(found.table);
    this.#unlearnt = parts === 0 ? unlearnt : [];
    if (parts + unlearnt.length > 0) return true;
    if (isStill) committer.trust(number);
    return false;
  }

  #settledLater(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#settled = resolve;
      this.#parts.request();
    });
  }

  async #repair(): Promise<boolean> {
    const { kernel, committer } = this.#parts;
    let drifted = false;
    let unlearnt = this.#unlearnt;
    for (let round = 0; round < ROUNDS; round++) {
      if (unlearnt.length > 0) await committer.rewrite(unlearnt);
      if (committer.loadDue !== undefined) break;
      const number = kernel.commitNumber();
      const listing = await kernel.list();
      const found = readFound(listing);
      if (found.kind !== 'ours') {
        drifted = this.#noteDrift(drifted, 1);
        await committer.replace(listing);
        continue;
      }
      if (unlearnt.length > 0) this.#listings.learn(found.table, committer.intent());
      const { parts, held, unlearnt: unknown } = this.#compare(found.table);
      if (parts > 0) {
        drifted = this.#noteDrift(drifted, parts);
        await committer.repair(held);
      } else if (unknown.length === 0) {
        committer.trust(number);
        break;
      }
      unlearnt = unknown;
    }
    return drifted;
  }

  #compare(table: ListedTable): Comparison {
    return compareTable(table, this.#parts.committer.intent(), this.#listings);
  }

  #noteDrift(alreadyNoted: boolean, parts: number): true {
    const { stats } = this.#parts;
    if (!alreadyNoted) stats.drifts++;
    stats.driftedParts += parts;
    return true;
  }

  async #findMarkWriters(): Promise<boolean> {
    const { kernel, stats, markMask } = this.#parts;
    stats.markWriters = markWriters(await kernel.listAll(), markMask);
    return false;
  }

  /** A kernel that does not answer fails the check, not the agent. */
  async #guarded(look: () => Promise<boolean>): Promise<boolean> {
    const { stats } = this.#parts;
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      stats.failedChecks++;
      stats.lastError = error.message;
      return false;
    }
  }

  #every(ms: number, run: () => void): void {
    this.#cancel.set(
      ms,
      this.#parts.clock.after(ms, () => {
        this.#every(ms, run);
        run();
      }),
    );
  }
}
