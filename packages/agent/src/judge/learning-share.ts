import { LEARNED_SECONDS } from '@kncompile/compiler/judge';
import { WordTable } from './word-table.ts';

/** An eighth of what the kernel may learn. */
const MOST = 512;

/**
 * How many addresses may be learned because of one other end while they are remembered: a pod that tries them all shall not
 * take the room of everybody.
 */
export class LearningShare {
  readonly #seconds: () => number;
  readonly #taken = { 4: new WordTable(1), 6: new WordTable(4) };
  #until = 0;

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  /** False where the other end has had its share. */
  take(family: 4 | 6, otherEnd: Int32Array): boolean {
    const now = this.#seconds();
    if (now >= this.#until) {
      this.#until = now + LEARNED_SECONDS;
      this.#taken[4].clear();
      this.#taken[6].clear();
    }
    const taken = this.#taken[family].get(otherEnd);
    if (taken >= MOST) return false;
    this.#taken[family].set(otherEnd, 0, taken + 1);
    return true;
  }
}
