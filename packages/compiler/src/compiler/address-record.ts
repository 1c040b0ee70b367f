import type { Node, Pod } from '../model/types.ts';
import type { ClassId } from '../ruleset/ir.ts';
import { type Address, type Family, familyOf } from '../values/address.ts';
import type { Profile } from './profiles.ts';

/** What is known of one address. A cluster has a hundred thousand: everything that there is for each of them is here. */
export interface AddressRecord {
  readonly address: Address;
  /** The pod that has it: the latest to claim it (S44). */
  pod: Pod | undefined;
  /** Hardly any address has them. */
  others: OtherClaims | undefined;
  profile: Profile | undefined;
  /** Its class as an element of the ruleset. */
  classId: ClassId | undefined;
  /** Its neighbours among those of its profile. */
  previous: AddressRecord | undefined;
  next: AddressRecord | undefined;
}

export interface OtherClaims {
  /** Earlier claims of pods that still stand. */
  readonly earlier: readonly Pod[];
  readonly nodes: readonly Node[];
}

export function newRecord(address: Address): AddressRecord {
  return {
    address,
    pod: undefined,
    others: undefined,
    profile: undefined,
    classId: undefined,
    previous: undefined,
    next: undefined,
  };
}

/** The addresses of one profile. Each is in one list at most. */
export class RecordList {
  #first: AddressRecord | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(record: AddressRecord): void {
    record.next = this.#first;
    if (this.#first) this.#first.previous = record;
    this.#first = record;
  }

  delete(record: AddressRecord): void {
    const { previous, next } = record;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    record.previous = undefined;
    record.next = undefined;
  }

  *[Symbol.iterator](): Iterator<AddressRecord> {
    for (let record = this.#first; record; record = record.next) yield record;
  }
}

/** The classes of one family's known addresses, as a map from address to class. */
export class AddressClasses {
  readonly #records: ReadonlyMap<Address, AddressRecord>;
  readonly #family: Family;
  #size = 0;

  constructor(records: ReadonlyMap<Address, AddressRecord>, family: Family) {
    this.#records = records;
    this.#family = family;
  }

  get size(): number {
    return this.#size;
  }

  get(address: Address): ClassId | undefined {
    return this.#records.get(address)?.classId;
  }

  /** @throws ReferenceError for an address that is not known. */
  set(address: Address, id: ClassId | undefined): void {
    const record = this.#records.get(address);
    if (!record) throw new ReferenceError(`no record of ${address}`);
    this.#size += Number(id !== undefined) - Number(record.classId !== undefined);
    record.classId = id;
  }

  *[Symbol.iterator](): Iterator<[Address, ClassId]> {
    for (const { address, classId: id } of this.#records.values())
      if (id !== undefined && familyOf(address) === this.#family) yield [address, id];
  }
}
