import { LEARNED_SECONDS } from '@kncompile/compiler/judge';
import { type KeyWords, WordTable } from './word-table.ts';

/** As many as the agent puts into the kernel. */
const MOST = 4096;

/** Addresses that turned out to be nobody's, for a while. */
export class LearnedTable {
  readonly #until: WordTable;
  readonly #seconds: () => number;

  /** `seconds` is a clock that never goes back and never shows 0. */
  constructor(words: KeyWords, seconds: () => number) {
    this.#until = new WordTable(words);
    this.#seconds = seconds;
  }

  add(address: Int32Array, at = 0): void {
    // Rather forgotten too early than remembered without bound: they are learned again.
    if (this.#until.size >= MOST) this.#until.clear();
    this.#until.set(address, at, this.#seconds() + LEARNED_SECONDS);
  }

  has(address: Int32Array): boolean {
    const until = this.#until.get(address);
    return until !== 0 && this.#seconds() < until;
  }

  forget(address: Int32Array, at: number): void {
    this.#until.set(address, at, 0);
  }
}
