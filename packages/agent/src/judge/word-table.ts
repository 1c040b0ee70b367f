/** Keys are compared word by word: an address of IPv4 is one word, of IPv6 four; pairs take twice as many. */
export type KeyWords = 1 | 2 | 4 | 8;

const FIRST_SLOTS = 64;

/** Nobody shall choose addresses that all fall into one place. */
const SEED = Math.floor(Math.random() * 2 ** 32) | 0;

/**
 * A hash table from keys of so many signed 32-bit words to numbers other than 0, in one typed array. Looking up allocates
 * nothing; 100,000 IPv4 addresses take 2 MiB.
 */
export class WordTable {
  readonly #words: KeyWords;
  readonly #stride: number;
  #slots: Int32Array;
  #mask = FIRST_SLOTS - 1;
  #size = 0;

  constructor(words: KeyWords) {
    this.#words = words;
    this.#stride = words + 1;
    this.#slots = new Int32Array(FIRST_SLOTS * this.#stride);
  }

  get size(): number {
    return this.#size;
  }

  /** The number under the key that stands at key[at]; 0 where there is none. */
  get(key: Int32Array, at = 0): number {
    return this.#slots[this.#find(key, at) + this.#words] as number;
  }

  /** Stores a number; 0 takes the key out. */
  set(key: Int32Array, at: number, value: number): void {
    const place = this.#find(key, at);
    const before = this.#slots[place + this.#words];
    if (value === 0) {
      if (before !== 0) this.#remove(place);
      return;
    }
    for (let word = 0; word < this.#words; word++) this.#slots[place + word] = key[at + word] as number;
    this.#slots[place + this.#words] = value;
    if (before !== 0) return;
    this.#size++;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  clear(): void {
    this.#slots = new Int32Array(FIRST_SLOTS * this.#stride);
    this.#mask = FIRST_SLOTS - 1;
    this.#size = 0;
  }

  /** Where the key is, or would be put. */
  #find(key: Int32Array, at: number): number {
    const slots = this.#slots;
    const words = this.#words;
    for (let slot = this.#home(key, at); ; slot = (slot + 1) & this.#mask) {
      const place = slot * this.#stride;
      if (slots[place + words] === 0) return place;
      let word = 0;
      while (word < words && slots[place + word] === key[at + word]) word++;
      if (word === words) return place;
    }
  }

  #home(key: Int32Array, at: number): number {
    let hash = SEED;
    for (let word = 0; word < this.#words; word++) {
      hash = Math.imul(hash ^ (key[at + word] as number), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return (Math.imul(hash, 0xc2b2ae35) >>> 7) & this.#mask;
  }

  /** Closes the gap, so that no search ends too early. */
  #remove(place: number): void {
    const slots = this.#slots;
    let gap = place / this.#stride;
    for (
      let slot = (gap + 1) & this.#mask;
      slots[slot * this.#stride + this.#words] !== 0;
      slot = (slot + 1) & this.#mask
    ) {
      const home = this.#home(slots, slot * this.#stride);
      // What lies behind the gap as seen from where its search begins may fill it.
      if (((slot - home) & this.#mask) < ((slot - gap) & this.#mask)) continue;
      slots.copyWithin(gap * this.#stride, slot * this.#stride, (slot + 1) * this.#stride);
      gap = slot;
    }
    slots[gap * this.#stride + this.#words] = 0;
    this.#size--;
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array((this.#mask + 1) * this.#stride);
    for (let place = 0; place < old.length; place += this.#stride) {
      if (old[place + this.#words] === 0) continue;
      const target = this.#find(old, place);
      for (let i = 0; i < this.#stride; i++) this.#slots[target + i] = old[place + i] as number;
    }
  }
}
