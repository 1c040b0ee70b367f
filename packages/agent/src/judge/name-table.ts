import { type KeyWords, WordTable } from './word-table.ts';

/** What addresses are to the pods that were told their DNS names, and how long new connections may use that (S37). */
export class NameTable {
  readonly #words: 1 | 4;
  readonly #pairWords: KeyWords;
  readonly #seconds: () => number;
  readonly #pair: Int32Array;
  readonly #profiles: WordTable;
  readonly #until: WordTable;

  /** `seconds` is a clock that never goes back and never shows 0. */
  constructor(words: 1 | 4, seconds: () => number) {
    this.#words = words;
    this.#pairWords = words === 1 ? 2 : 8;
    this.#seconds = seconds;
    this.#pair = new Int32Array(this.#pairWords);
    this.#profiles = new WordTable(this.#pairWords);
    this.#until = new WordTable(this.#pairWords);
  }

  /** The profile of an address for a pod; 0 where there is none, or it is too old for a new connection. */
  get(subject: Int32Array, address: Int32Array, isNew: boolean): number {
    if (this.#profiles.size === 0) return 0;
    for (let word = 0; word < this.#words; word++) {
      this.#pair[word] = subject[word] as number;
      this.#pair[this.#words + word] = address[word] as number;
    }
    const profile = this.#profiles.get(this.#pair);
    // Up to a second longer than the kernel: the shortest time to live is not to end amid the answer's way to the pod.
    return isNew && this.#until.get(this.#pair) < this.#seconds() ? 0 : profile;
  }

  /** Forgets what addresses are. */
  clear(): void {
    this.#profiles.clear();
  }

  /** Takes pairs and their profiles; 0 for those that have none any more. */
  take(names: Int32Array): void {
    const stride = this.#pairWords + 1;
    for (let at = 0; at < names.length; at += stride)
      this.#profiles.set(names, at, names[at + this.#pairWords] as number);
    if (this.#profiles.size === 0) this.#until.clear();
  }

  /** Takes pairs and the seconds for which they are good from now on. */
  refresh(fresh: Int32Array): void {
    const stride = this.#pairWords + 1;
    // What pods were told long ago and is of no use any more must not stay for ever.
    if (this.#until.size > 2 * this.#profiles.size + stride * 64) this.#until.clear();
    for (let at = 0; at < fresh.length; at += stride)
      this.#until.set(fresh, at, this.#seconds() + (fresh[at + this.#pairWords] as number));
  }
}
