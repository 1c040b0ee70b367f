/**
 * The address space of a family as ascending ranges, each with a number. Looking up allocates nothing. Words are signed,
 * addresses are not: words are compared with their highest bit turned over.
 */
export class RangeTable {
  readonly #words: 1 | 4;
  #ranges: Int32Array;

  constructor(words: 1 | 4) {
    this.#words = words;
    this.#ranges = new Int32Array(words + 1);
  }

  /** Takes the ranges: words of the first address, number. The first range begins at address 0. */
  load(ranges: Int32Array): void {
    this.#ranges = ranges.length > 0 ? ranges : new Int32Array(this.#words + 1);
  }

  /** The number of the range that holds the address. */
  get(address: Int32Array): number {
    const stride = this.#words + 1;
    let low = 0;
    let high = this.#ranges.length / stride - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#beginsBehind(middle * stride, address)) high = middle - 1;
      else low = middle;
    }
    return this.#ranges[low * stride + this.#words] as number;
  }

  #beginsBehind(at: number, address: Int32Array): boolean {
    for (let word = 0; word < this.#words; word++) {
      const first = (this.#ranges[at + word] as number) ^ SIGN;
      const value = (address[word] as number) ^ SIGN;
      if (first !== value) return first > value;
    }
    return false;
  }
}

const SIGN = 0x8000_0000 | 0;
