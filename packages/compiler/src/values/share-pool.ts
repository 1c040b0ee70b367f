/**
 * Gives equal things one object: ten thousand pods of a hundred templates then hold a hundred sets of labels. When
 * more than `limit` different ones have come, it begins anew: it saves memory, and never keeps more than that.
 */
export class SharePool<T> {
  readonly #limit: number;
  readonly #known = new Map<string, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What was made for an equal `key`, or what is made now. */
  get(key: string, make: () => T): T {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#limit) this.#known.clear();
    const made = make();
    this.#known.set(key, made);
    return made;
  }
}

const TEXTS = new SharePool<string>(50_000);

/** One string for equal texts: what a JSON document repeats ten thousand times is otherwise as many strings. */
export function sharedText(text: string): string {
  return TEXTS.get(text, () => text);
}
