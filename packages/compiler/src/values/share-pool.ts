/**
 * Gives equal things one object: ten thousand pods of a hundred templates then hold a hundred sets of labels. It knows
 * `limit` different ones at most, and forgets first what has not been asked for longest: it saves memory, and never
 * keeps much of what is gone.
 */
export class SharePool<T> {
  readonly #half: number;
  #recent = new Map<string, T>();
  #older = new Map<string, T>();

  constructor(limit: number) {
    this.#half = limit / 2;
  }

  /** What was made for an equal `key`, or what is made now. */
  get(key: string, make: () => T): T {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const value = this.#older.get(key) ?? make();
    if (this.#recent.size >= this.#half) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
    return value;
  }
}

const TEXTS = new SharePool<string>(20_000);

/** One string for equal texts: what a JSON document repeats ten thousand times is otherwise as many strings. */
export function sharedText(text: string): string {
  return TEXTS.get(text, () => text);
}
