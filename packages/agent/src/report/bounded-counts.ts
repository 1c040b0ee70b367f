/** What everything beyond the known names is counted under. */
export const OTHER = 'other';

/** Counts by name, of names that others make up: the first so many have a count of their own, for good. */
export class BoundedCounts {
  readonly #most: number;
  readonly #counts = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  add(name: string): void {
    const known = this.#counts.has(name) || this.#counts.size < this.#most;
    const under = known ? name : OTHER;
    this.#counts.set(under, (this.#counts.get(under) ?? 0) + 1);
  }

  entries(): Iterable<readonly [name: string, count: number]> {
    return this.#counts;
  }
}
