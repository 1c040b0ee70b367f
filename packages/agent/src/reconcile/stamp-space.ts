import type { Clock } from './clock.ts';
import type { ReconcileStats } from './stats.ts';

/** Between two attempts to clear, in milliseconds. */
const RETRY_MS = 5_000;

/**
 * Keeps generation numbers fresh. Connections bear the number under which they were judged last; when the numbers wrap,
 * one that has been idle for a whole round would look as if it were judged already. So halfway round, all stamps but the
 * newest are cleared, in the background; should the round end before that is done, the commit waits.
 */
export class StampSpace {
  readonly #size: number;
  readonly #clear: (() => Promise<number>) | undefined;
  readonly #clock: Clock;
  readonly #stats: ReconcileStats;
  /** Moves since the last complete clearing began: stamps older than that do not exist. */
  #age: number;
  #running: Promise<boolean> | undefined;
  #retryAt = 0;

  /** `size`: how many generations there are. `clear`: undefined where it is impossible. */
  constructor(size: number, clear: (() => Promise<number>) | undefined, clock: Clock, stats: ReconcileStats) {
    this.#size = size;
    this.#clear = clear;
    this.#clock = clock;
    this.#stats = stats;
    // What a predecessor has cleared, and when, nobody knows: begin with it.
    this.#age = Math.floor(size / 2);
  }

  /** Notes that a commit has moved to another generation. */
  moved(): void {
    this.#age++;
    if (this.#age >= this.#size / 2) void this.#start();
  }

  /** Resolves when no connection bears the next number. Where clearing fails it goes on all the same, and counts that. */
  async beforeMove(): Promise<void> {
    if (this.#isFree()) return;
    await this.#running;
    if (!this.#isFree()) await this.#start();
    if (!this.#isFree()) this.#stats.unsafeWraps++;
  }

  /** Resolves when no clearing runs. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #isFree(): boolean {
    return this.#age <= this.#size - 2;
  }

  #start(): Promise<boolean> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<boolean> {
    if (!this.#clear || this.#clock.now() < this.#retryAt) return false;
    const age = this.#age;
    try {
      this.#stats.clearedStamps += await this.#clear();
      this.#stats.stampClears++;
      this.#age -= age;
      return true;
    } catch (error) {
      this.#stats.failedStampClears++;
      this.#stats.lastError = error instanceof Error ? error.message : String(error);
      this.#retryAt = this.#clock.now() + RETRY_MS;
      return false;
    }
  }
}
