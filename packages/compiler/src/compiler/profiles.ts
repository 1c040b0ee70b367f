import type { FactId } from '../cluster/facts.ts';
import type { NamedPort } from '../model/types.ts';
import type { Row } from '../ruleset/cells.ts';
import { type ClassId, KNOWN_OUTSIDE, NOBODY } from '../ruleset/ir.ts';
import type { Family } from '../values/address.ts';
import { addTo, compareText, getOrMake, removeFrom } from '../values/collections.ts';
import { RecordList } from './address-record.ts';
import type { Side } from './sides.ts';

/** Pods are told from all other addresses: each kind has a general class of its own. */
export type Origin = 'pod' | 'outside';

/** What policies can know of an address. Addresses with one profile always get the same answers. */
export interface Profile {
  /** Never used again: 1 and up. */
  readonly id: number;
  readonly key: string;
  readonly family: Family;
  readonly origin: Origin;
  /** Ascending. */
  readonly facts: readonly FactId[];
  readonly ports: readonly NamedPort[];
  /** The known addresses that have this profile. */
  readonly addresses: RecordList;
  /** How many ranges of outside addresses have it. */
  ranges: number;
  /** How many addresses have it for the pod that was told their names. */
  named: number;
  class: PeerClass | undefined;
}

/** Profiles that mean the same to every subject: one number in the kernel. */
export interface PeerClass {
  id: ClassId;
  readonly family: Family;
  readonly origin: Origin;
  /** Equal for classes with equal rows. */
  key: string;
  /** What its profiles mean to the sides that do not treat them as they treat the general class. */
  readonly rows: Map<Side, Row>;
  readonly profiles: Set<Profile>;
}

/** All profiles that some address has, found by what they hold. */
export class ProfileTable {
  readonly #byKey = new Map<string, Profile>();
  readonly #byId = new Map<number, Profile>();
  readonly #byFact = new Map<FactId, Set<Profile>>();
  readonly #byPortName = new Map<string, Set<Profile>>();
  /** Profiles made since they were last taken. */
  #fresh = new Set<Profile>();

  /** The profile that holds these facts (ascending) and ports; made where there is none yet. */
  get(family: Family, origin: Origin, facts: readonly FactId[], ports: readonly NamedPort[]): Profile {
    const key = `${origin}${family}|${facts.join(',')}|${portsKey(ports)}`;
    return getOrMake(this.#byKey, key, () => this.#make(key, family, origin, facts, ports));
  }

  /** Forgets a profile that no address has any more. */
  dropIfUnused(profile: Profile): boolean {
    if (!profile.addresses.isEmpty || profile.ranges > 0 || profile.named > 0) return false;
    this.#byKey.delete(profile.key);
    this.#byId.delete(profile.id);
    this.#fresh.delete(profile);
    for (const fact of profile.facts) removeFrom(this.#byFact, fact, profile);
    for (const { name } of profile.ports) removeFrom(this.#byPortName, name, profile);
    return true;
  }

  takeFresh(): Set<Profile> {
    const fresh = this.#fresh;
    this.#fresh = new Set();
    return fresh;
  }

  withId(id: number): Profile | undefined {
    return this.#byId.get(id);
  }

  withFact(fact: FactId): ReadonlySet<Profile> {
    return this.#byFact.get(fact) ?? NONE;
  }

  withPortName(name: string): ReadonlySet<Profile> {
    return this.#byPortName.get(name) ?? NONE;
  }

  all(): Iterable<Profile> {
    return this.#byKey.values();
  }

  get size(): number {
    return this.#byKey.size;
  }

  #make(
    key: string,
    family: Family,
    origin: Origin,
    facts: readonly FactId[],
    ports: readonly NamedPort[],
  ): Profile {
    const profile: Profile = {
      id: nextProfile++,
      key,
      family,
      origin,
      facts,
      ports,
      addresses: new RecordList(),
      ranges: 0,
      named: 0,
      class: undefined,
    };
    for (const fact of facts) addTo(this.#byFact, fact, profile);
    for (const { name } of ports) addTo(this.#byPortName, name, profile);
    this.#byId.set(profile.id, profile);
    this.#fresh.add(profile);
    return profile;
  }
}

let nextProfile = 1;

const NONE: ReadonlySet<Profile> = new Set();

const KEYS = new WeakMap<readonly NamedPort[], string>();

/** Equal for the same ports in whatever order. Pods of one template share their list of ports, and so its key. */
export function portsKey(ports: readonly NamedPort[]): string {
  if (ports.length === 0) return '';
  let key = KEYS.get(ports);
  if (key === undefined) {
    // Port names of pods are any text: only quoted they cannot run together.
    key = JSON.stringify(ports.map(({ name, protocol, port }) => [name, protocol, port]).sort(compareJson));
    KEYS.set(ports, key);
  }
  return key;
}

function compareJson(a: readonly unknown[], b: readonly unknown[]): number {
  return compareText(JSON.stringify(a), JSON.stringify(b));
}

/** The number that a map of addresses holds for a profile. */
export function knownClass({ class: peer }: Profile): ClassId | undefined {
  return peer?.id === NOBODY ? KNOWN_OUTSIDE : peer?.id;
}
