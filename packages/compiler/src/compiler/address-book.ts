import { isPolicyPod } from '../cluster/cluster.ts';
import type { FactId, FactTable } from '../cluster/facts.ts';
import type { Labels, NamedPort, Node, Pod } from '../model/types.ts';
import { type Address, type Family, familyOf } from '../values/address.ts';
import { frozenList, getOrMake } from '../values/collections.ts';
import { AddressClasses, type AddressRecord, newRecord, type OtherClaims } from './address-record.ts';
import type { Profile, ProfileTable } from './profiles.ts';

/** Who has which address, and what policies can know of it. */
export class AddressBook {
  readonly #records = new Map<Address, AddressRecord>();
  /** The ruleset's classes of addresses are kept with what else is known of them. */
  readonly classes: Readonly<Record<Family, AddressClasses>> = {
    4: new AddressClasses(this.#records, 4),
    6: new AddressClasses(this.#records, 6),
  };
  readonly #dirty = new Set<AddressRecord>();
  readonly #facts: FactTable;
  readonly #profiles: ProfileTable;
  readonly #labelsOf: (namespace: string) => Labels;
  /** Labels -> namespace -> facts, while the facts stay as they are. */
  readonly #factsOfLabels = new Map<Labels, Map<string, readonly FactId[]>>();

  constructor(facts: FactTable, profiles: ProfileTable, labelsOf: (namespace: string) => Labels) {
    this.#facts = facts;
    this.#profiles = profiles;
    this.#labelsOf = labelsOf;
  }

  get(address: Address): AddressRecord | undefined {
    return this.#records.get(address);
  }

  records(): Iterable<AddressRecord> {
    return this.#records.values();
  }

  /** The pod that has the address now. */
  podAt(address: Address): Pod | undefined {
    return this.#records.get(address)?.pod;
  }

  /** Records a pod's claim to its addresses; on the host network, or finished, it has none (S42, S44). */
  claim(pod: Pod): void {
    if (!isPolicyPod(pod)) return;
    for (const address of pod.addresses) {
      const record = this.#touch(address);
      if (record.pod) setOthers(record, { earlier: [...earlierOf(record), record.pod] });
      record.pod = pod;
    }
  }

  /**
   * Replaces a pod by a newer state of itself. With the same addresses as before it claims nothing anew: a last word
   * from a pod that is gone must not take its address back from the next one (S44).
   */
  reclaim(before: Pod, after: Pod): void {
    if (isPolicyPod(before) !== isPolicyPod(after) || !sameAddresses(before, after)) {
      this.unclaim(before);
      this.claim(after);
      return;
    }
    if (!isPolicyPod(after)) return;
    for (const address of after.addresses) {
      const record = this.#touch(address);
      if (record.pod === before) record.pod = after;
      else setOthers(record, { earlier: earlierOf(record).map((pod) => (pod === before ? after : pod)) });
    }
  }

  unclaim(pod: Pod): void {
    if (!isPolicyPod(pod)) return;
    for (const address of pod.addresses) {
      const record = this.#touch(address);
      if (record.pod === pod) {
        record.pod = earlierOf(record).at(-1);
        setOthers(record, { earlier: earlierOf(record).slice(0, -1) });
      } else setOthers(record, { earlier: earlierOf(record).filter((other) => other !== pod) });
    }
  }

  claimForNode(node: Node): void {
    for (const address of new Set(node.addresses)) {
      const record = this.#touch(address);
      setOthers(record, { nodes: [...nodesOf(record), node] });
    }
  }

  unclaimForNode(node: Node): void {
    for (const address of new Set(node.addresses)) {
      const record = this.#touch(address);
      setOthers(record, { nodes: nodesOf(record).filter((other) => other !== node) });
    }
  }

  /** Notes that what policies can know of an address may have changed. */
  touch(address: Address): void {
    this.#touch(address);
  }

  /** Works out the touched addresses anew, and tells of those whose profile changed, with the profile before. */
  refresh(onMove: (record: AddressRecord, before: Profile | undefined) => void): void {
    for (const record of this.#dirty) {
      const before = record.profile;
      const after = this.#profileOf(record);
      if (before !== after) {
        before?.addresses.delete(record);
        after?.addresses.add(record);
        record.profile = after;
        onMove(record, before);
      }
      if (!record.pod && !record.others) this.#records.delete(record.address);
    }
    this.#dirty.clear();
    this.#factsOfLabels.clear();
  }

  #touch(address: Address): AddressRecord {
    const record = getOrMake(this.#records, address, () => newRecord(address));
    this.#dirty.add(record);
    return record;
  }

  #profileOf(record: AddressRecord): Profile | undefined {
    const { address, pod } = record;
    const ofNodes = nodesOf(record).flatMap((node) => this.#facts.ofNode(node));
    // A node that no policy asks about is an outside address like any other: ranges answer for it.
    if (!pod && ofNodes.length === 0) return undefined;
    const ofPod = pod ? this.#factsOfPod(pod) : NONE;
    const ofBlocks = this.#facts.ofBlocks(address);
    const facts =
      ofNodes.length + ofBlocks.length === 0 ? ofPod : sortFacts([...ofPod, ...ofNodes, ...ofBlocks]);
    return this.#profiles.get(familyOf(address), pod ? 'pod' : 'outside', facts, pod?.ports ?? NO_PORTS);
  }

  /** Ascending. Pods of one template share their labels, and so their facts. */
  #factsOfPod({ namespace, labels }: Pod): readonly FactId[] {
    const inNamespaces = getOrMake(this.#factsOfLabels, labels, () => new Map());
    return getOrMake(inNamespaces, namespace, () =>
      sortFacts(this.#facts.ofPod(namespace, this.#labelsOf(namespace), labels)),
    );
  }
}

const NONE: readonly never[] = Object.freeze([]);
const NO_PORTS: readonly NamedPort[] = NONE;

function earlierOf({ others }: AddressRecord): readonly Pod[] {
  return others?.earlier ?? NONE;
}

function nodesOf({ others }: AddressRecord): readonly Node[] {
  return others?.nodes ?? NONE;
}

function setOthers(record: AddressRecord, change: Partial<OtherClaims>): void {
  const { earlier, nodes } = { earlier: earlierOf(record), nodes: nodesOf(record), ...change };
  record.others = earlier.length + nodes.length > 0 ? { earlier, nodes } : undefined;
}

function sameAddresses(a: Pod, b: Pod): boolean {
  return (
    a.addresses.length === b.addresses.length && a.addresses.every((address) => b.addresses.includes(address))
  );
}

/** Ascending, each once. */
export function sortFacts(facts: FactId[]): readonly FactId[] {
  facts.sort((a, b) => a - b);
  return frozenList(facts.filter((fact, i) => fact !== facts[i - 1]));
}
