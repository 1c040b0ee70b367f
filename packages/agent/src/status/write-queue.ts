/** What is to be written and when: one write at a time, each at its moment, none beyond the allowance. */
import type { Clock } from '../reconcile/clock.ts';
import { pauseAfter } from '../source/backoff.ts';
import type { StatusPace } from './pace.ts';
import { TokenBucket } from './token-bucket.ts';

/** How a write went. `retry`: it is due again, after a pause that grows and is at least so long (milliseconds). */
export type Outcome = { readonly is: 'done' } | { readonly is: 'retry'; readonly after: number };

interface Task {
  readonly write: () => Promise<Outcome>;
  dueAt: number;
  failures: number;
}

export class WriteQueue {
  readonly #clock: Clock;
  readonly #pace: StatusPace;
  readonly #bucket: TokenBucket;
  readonly #tasks = new Map<string, Task>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => undefined;

  constructor(clock: Clock, pace: StatusPace) {
    this.#clock = clock;
    this.#pace = pace;
    this.#bucket = new TokenBucket(pace.allowance);
  }

  /**
   * Has something written by a function that never rejects, after so many
   * milliseconds at the latest; what failed before waits for its own time.
   */
  add(key: string, delay: number, write: () => Promise<Outcome>): void {
    const known = this.#tasks.get(key);
    const dueAt = this.#clock.now() + delay;
    if (!known) this.#tasks.set(key, { write, dueAt, failures: 0 });
    else if (known.failures === 0) known.dueAt = Math.min(known.dueAt, dueAt);
    else return;
    this.#wake(dueAt);
  }

  /** What is being written is not called back, and may yet be tried again. */
  drop(key: string): void {
    this.#tasks.delete(key);
  }

  /** Resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  /** Without a look at the others: thousands of policies may come at once. */
  #wake(at: number): void {
    if (this.#running || this.#stopped || at >= this.#wakesAt) return;
    this.#cancel();
    this.#wakesAt = at;
    const now = this.#clock.now();
    this.#cancel = this.#clock.after(Math.max(0, at - now, this.#bucket.wait(now)), () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.#running = this.#work().finally(() => {
        this.#running = undefined;
        this.#wake(this.#next()?.[1].dueAt ?? Number.POSITIVE_INFINITY);
      });
    });
  }

  #next(): readonly [key: string, task: Task] | undefined {
    let first: readonly [string, Task] | undefined;
    for (const entry of this.#tasks) if (!first || entry[1].dueAt < first[1].dueAt) first = entry;
    return first;
  }

  async #work(): Promise<void> {
    const now = this.#clock.now();
    const [key, task] = this.#next() ?? [];
    if (key === undefined || !task || task.dueAt > now || this.#bucket.wait(now) > 0) return;
    this.#bucket.take();
    this.#tasks.delete(key);
    const outcome = await task.write();
    // What was asked for meanwhile counts.
    if (outcome.is === 'done' || this.#tasks.has(key)) return;
    const pause = pauseAfter(++task.failures, this.#pace.backoff, this.#pace.random);
    task.dueAt = this.#clock.now() + Math.max(pause, outcome.after);
    this.#tasks.set(key, task);
  }
}
