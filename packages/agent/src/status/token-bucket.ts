/** So many at once, and one more after each interval. */
export interface Allowance {
  readonly burst: number;
  /** Milliseconds. */
  readonly every: number;
}

/** Times are of a clock that only goes forward, in milliseconds. */
export class TokenBucket {
  readonly #allowance: Allowance;
  #tokens: number;
  #at = 0;

  constructor(allowance: Allowance) {
    this.#allowance = allowance;
    this.#tokens = allowance.burst;
  }

  /** How long until there is one; 0 when there is. */
  wait(now: number): number {
    const { burst, every } = this.#allowance;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#at) / every);
    this.#at = now;
    return this.#tokens >= 1 ? 0 : Math.ceil((1 - this.#tokens) * every);
  }

  /** Takes one that `wait` has found. */
  take(): void {
    this.#tokens--;
  }
}
