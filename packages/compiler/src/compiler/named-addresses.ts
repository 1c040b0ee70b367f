import type { Address } from '../values/address.ts';
import { addTo, getOrMake, removeFrom } from '../values/collections.ts';
import type { Profile } from './profiles.ts';

/** So many names of one address count for one pod, and so many addresses: what it was told first makes room. */
const MOST_NAMES = 16;
const MOST_ADDRESSES = 2048;
/** Of all pods: whoever is told more pays with its own. */
const MOST = 16_384;

/** An address as one pod may see it that was told its DNS names (S37). */
export interface NamedAddress {
  /** The pod that asked. */
  readonly subject: Address;
  /** `namespace/name` of it: the next pod with its address has not asked. */
  readonly pod: string;
  readonly address: Address;
  /** Lower case, without the dot at the end; the latest last. */
  readonly names: Set<string>;
  /** What holds for the address, and for its names. */
  profile: Profile | undefined;
}

/** The addresses that local pods were told for DNS names, each for the pod that asked alone. */
export class NamedAddresses {
  readonly #bySubject = new Map<Address, Map<Address, NamedAddress>>();
  readonly #byAddress = new Map<Address, Set<NamedAddress>>();
  readonly #byProfile = new Map<Profile, Set<NamedAddress>>();
  readonly #dirty = new Set<NamedAddress>();
  readonly #gone = new Set<NamedAddress>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  *all(): Iterable<NamedAddress> {
    for (const named of this.#bySubject.values()) yield* named.values();
  }

  get(subject: Address, address: Address): NamedAddress | undefined {
    return this.#bySubject.get(subject)?.get(address);
  }

  withProfile(profile: Profile): Iterable<NamedAddress> {
    return this.#byProfile.get(profile) ?? [];
  }

  /** Notes that an address answers to a name, for one pod. */
  add(subject: Address, pod: string, address: Address, name: string): void {
    const ofSubject = getOrMake(this.#bySubject, subject, () => new Map<Address, NamedAddress>());
    const known = ofSubject.get(address);
    const named = known ?? { subject, pod, address, names: new Set(), profile: undefined };
    if (!known) this.#size++;
    ofSubject.delete(address);
    ofSubject.set(address, named);
    if (named.names.delete(name)) {
      named.names.add(name);
      return;
    }
    named.names.add(name);
    const [oldest] = named.names;
    if (named.names.size > MOST_NAMES) named.names.delete(oldest as string);
    addTo(this.#byAddress, address, named);
    this.#gone.delete(named);
    this.#dirty.add(named);
    const [first] = ofSubject.values();
    if (first && (ofSubject.size > MOST_ADDRESSES || this.#size > MOST)) this.#remove(first);
  }

  /** Forgets what other pods than this one were told at an address. */
  keepOnly(subject: Address, pod: string | undefined): void {
    for (const named of [...(this.#bySubject.get(subject)?.values() ?? [])])
      if (named.pod !== pod) this.#remove(named);
  }

  /** Notes that other facts hold for an address. */
  touch(address: Address): void {
    for (const named of this.#byAddress.get(address) ?? []) this.#dirty.add(named);
  }

  touchAll(): void {
    for (const named of this.all()) this.#dirty.add(named);
  }

  /**
   * Works out the touched ones anew, and tells of each with the profile before; what is gone has none after. Names that
   * no policy asks for (`profileOf` gives none) go, too.
   */
  refresh(
    profileOf: (named: NamedAddress) => Profile | undefined,
    onChange: (named: NamedAddress, before: Profile | undefined) => void,
  ): void {
    for (const named of [...this.#gone, ...this.#dirty]) {
      const before = named.profile;
      const after = this.#gone.has(named) ? undefined : profileOf(named);
      if (!after && !this.#gone.has(named)) this.#remove(named);
      if (before !== after) {
        if (before) {
          before.named--;
          removeFrom(this.#byProfile, before, named);
        }
        if (after) {
          after.named++;
          addTo(this.#byProfile, after, named);
        }
        named.profile = after;
      }
      onChange(named, before);
    }
    this.#dirty.clear();
    this.#gone.clear();
  }

  #remove(named: NamedAddress): void {
    const { subject, address } = named;
    const ofSubject = this.#bySubject.get(subject);
    if (ofSubject?.delete(address)) this.#size--;
    if (ofSubject?.size === 0) this.#bySubject.delete(subject);
    removeFrom(this.#byAddress, address, named);
    this.#dirty.delete(named);
    this.#gone.add(named);
  }
}
