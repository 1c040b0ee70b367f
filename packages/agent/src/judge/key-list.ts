import { type KeyWords, WordTable } from './word-table.ts';

/** Keys of so many words, each once, up to a limit. */
export class KeyList {
  readonly #words: KeyWords;
  readonly #keys: Int32Array;
  readonly #has: WordTable;
  #length = 0;

  constructor(words: KeyWords, limit: number) {
    this.#words = words;
    this.#keys = new Int32Array(words * limit);
    this.#has = new WordTable(words);
  }

  get length(): number {
    return this.#length;
  }

  /** False where there is no room. */
  add(key: Int32Array): boolean {
    if (this.#has.get(key) !== 0) return true;
    if (this.#length >= this.#keys.length) return false;
    this.#has.set(key, 0, 1);
    for (let word = 0; word < this.#words; word++) this.#keys[this.#length++] = key[word] as number;
    return true;
  }

  words(): Int32Array {
    return this.#keys.slice(0, this.#length);
  }

  clear(): void {
    if (this.#length === 0) return;
    this.#length = 0;
    this.#has.clear();
  }
}
