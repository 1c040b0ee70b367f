import type { Address } from '../values/address.ts';

/** More than any cluster's pods; beyond that it is a flood, and every address counts as learned. */
const MOST = 65_536;

/** Addresses that were learned at some time. One may be remembered too many, never one too few. */
export class LearnedAddresses {
  readonly #addresses = new Set<Address>();
  #isAny = false;

  add(address: Address): void {
    if (this.#addresses.size < MOST) this.#addresses.add(address);
    else this.#isAny = true;
  }

  has(address: Address): boolean {
    return this.#isAny || this.#addresses.has(address);
  }
}
