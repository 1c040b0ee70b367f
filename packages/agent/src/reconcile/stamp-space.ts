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
  #current = 0;
  /** Numbers passed since the last complete clearing began: stamps older than that do not exist. */
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

  /** Notes that the kernel is at this generation. */
  entered(generation: number): void {
    const steps = this.#stepsTo(generation);
    if (steps === 0) return;
    this.#current = generation;
    this.#age += steps;
    if (this.#age >= this.#size / 2) void this.#start();
  }

  /**
   * Resolves when no connection bears the number that a commit is to move to. Where clearing fails it resolves all the
   * same, and counts that: a revocation must not wait for ever.
   */
  async admit(generation: number): Promise<void> {
    if (this.#isFree(generation)) return;
    await this.#running;
    if (!this.#isFree(generation)) await this.#start();
    if (!this.#isFree(generation)) this.#stats.unsafeWraps++;
  }

  /** Resolves when no clearing runs. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #isFree(generation: number): boolean {
    const steps = this.#stepsTo(generation);
    return steps === 0 || this.#age + steps < this.#size;
  }

  /** How far on a generation is; failed commits may have left some out. */
  #stepsTo(generation: number): number {
    if (this.#current === 0) return 1;
    return (generation - this.#current + this.#size) % this.#size;
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
