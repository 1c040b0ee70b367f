import { type AddressRange, rangeAt } from '../cluster/block-partition.ts';
import type { FactTable } from '../cluster/facts.ts';
import { NOBODY } from '../ruleset/ir.ts';
import { type Address, addressValue, type Family, valueWords } from '../values/address.ts';
import type { PeerClass, Profile, ProfileTable } from './profiles.ts';

interface OutsideRange extends AddressRange {
  readonly profile: Profile;
}

/** The whole address space of a family as ranges of outside addresses, each with its profile. */
export class Outside {
  readonly #family: Family;
  #ranges: readonly OutsideRange[] = [];

  constructor(family: Family) {
    this.#family = family;
  }

  /** Cuts the space anew at the borders of the blocks; returns the profiles of before. */
  recut(facts: FactTable, profiles: ProfileTable): Profile[] {
    const before = this.#ranges.map(({ profile }) => profile);
    this.#ranges = facts.partition(this.#family).cells.map(({ first, last, facts: held }) => {
      const profile = profiles.get(this.#family, 'outside', held, []);
      profile.ranges++;
      return { first, last, profile };
    });
    for (const profile of before) profile.ranges--;
    return before;
  }

  /** Ranges with their class, neighbours of one class joined; those of nobody's class are left out. */
  elements(): { key: AddressRange[]; value: number }[] {
    const joined: { first: bigint; last: bigint; id: number }[] = [];
    for (const { first, last, profile } of this.#ranges) {
      const id = (profile.class as PeerClass).id;
      const before = joined.at(-1);
      if (before?.id === id) before.last = last;
      else joined.push({ first, last, id });
    }
    return joined
      .filter(({ id }) => id !== NOBODY)
      .map(({ first, last, id }) => ({ key: [Object.freeze({ first, last })], value: id }));
  }

  /** For each range the words of its first address, then the number of its profile. */
  profileWords(): number[] {
    const family = this.#family;
    return this.#ranges.flatMap(({ first, profile }) => [
      ...valueWords({ family, value: first }),
      profile.id,
    ]);
  }

  /** The class of an outside address. */
  classOf(address: Address): PeerClass | undefined {
    return this.profileOf(address)?.class;
  }

  /** The profile of an outside address; undefined before the first cut. */
  profileOf(address: Address): Profile | undefined {
    return rangeAt(this.#ranges, addressValue(address))?.profile;
  }
}
