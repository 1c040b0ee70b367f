import { PART_WORDS } from '@kncompile/compiler/judge';
import { WordTable } from './word-table.ts';

/** Words in all rows together: 16 MiB. Beyond that the cache begins anew; whoever is still needed is asked for again. */
const MOST_WORDS = 4 << 20;

/** Rows of the decision table, as the agent gave them. They never get old: numbers are not used again. */
export class RowCache {
  readonly #places = new WordTable(2);
  readonly #pair = new Int32Array(2);
  #rows: Int32Array[] = [];
  #words = 0;

  put(side: number, profile: number, parts: Int32Array): void {
    if (this.#words + parts.length > MOST_WORDS) this.clear();
    this.#words += parts.length;
    this.#places.set(this.#key(side, profile), 0, this.#rows.push(parts));
  }

  /** The parts of a row; undefined where it must be asked for. */
  get(side: number, profile: number): Int32Array | undefined {
    return this.#rows[this.#places.get(this.#key(side, profile)) - 1];
  }

  clear(): void {
    this.#places.clear();
    this.#rows = [];
    this.#words = 0;
  }

  #key(side: number, profile: number): Int32Array {
    this.#pair[0] = side;
    this.#pair[1] = profile;
    return this.#pair;
  }
}

/** Where the part of a row begins that holds a point of the port axis. */
export function partAt(parts: Int32Array, point: number): number {
  let low = 0;
  let high = parts.length / PART_WORDS - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle * PART_WORDS] as number) < point) low = middle + 1;
    else high = middle;
  }
  return low * PART_WORDS;
}
