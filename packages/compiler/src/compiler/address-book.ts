import { isPolicyPod } from '../cluster/cluster.ts';
import type { FactId, FactTable } from '../cluster/facts.ts';
import type { Labels, NamedPort, Node, Pod } from '../model/types.ts';
import { type Address, familyOf } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import type { Profile, ProfileTable } from './profiles.ts';

/** What is known of one address. */
export interface AddressRecord {
  readonly address: Address;
  /** The pod that has it: the latest to claim it (S44). */
  pod: Pod | undefined;
  /** Earlier claims that still stand, and nodes: hardly any address has one. */
  earlier: readonly Pod[];
  nodes: readonly Node[];
  profile: Profile | undefined;
}

/** Who has which address, and what policies can know of it. */
export class AddressBook {
  readonly #records = new Map<Address, AddressRecord>();
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
      if (record.pod) record.earlier = [...record.earlier, record.pod];
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
      else record.earlier = record.earlier.map((pod) => (pod === before ? after : pod));
    }
  }

  unclaim(pod: Pod): void {
    if (!isPolicyPod(pod)) return;
    for (const address of pod.addresses) {
      const record = this.#touch(address);
      if (record.pod === pod) {
        record.pod = record.earlier.at(-1);
        record.earlier = record.earlier.slice(0, -1);
      } else record.earlier = record.earlier.filter((other) => other !== pod);
    }
  }

  claimForNode(node: Node): void {
    for (const address of new Set(node.addresses)) {
      const record = this.#touch(address);
      record.nodes = [...record.nodes, node];
    }
  }

  unclaimForNode(node: Node): void {
    for (const address of new Set(node.addresses)) {
      const record = this.#touch(address);
      record.nodes = record.nodes.filter((other) => other !== node);
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
      if (!record.pod && record.nodes.length === 0) this.#records.delete(record.address);
      if (before === after) continue;
      before?.addresses.delete(record.address);
      after?.addresses.add(record.address);
      record.profile = after;
      onMove(record, before);
    }
    this.#dirty.clear();
    this.#factsOfLabels.clear();
  }

  #touch(address: Address): AddressRecord {
    const record = getOrMake(this.#records, address, () => newRecord(address));
    this.#dirty.add(record);
    return record;
  }

  #profileOf({ address, pod, nodes }: AddressRecord): Profile | undefined {
    const ofNodes = nodes.flatMap((node) => this.#facts.ofNode(node));
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

function newRecord(address: Address): AddressRecord {
  return { address, pod: undefined, earlier: NONE, nodes: NONE, profile: undefined };
}

function sameAddresses(a: Pod, b: Pod): boolean {
  return (
    a.addresses.length === b.addresses.length && a.addresses.every((address) => b.addresses.includes(address))
  );
}

/** Ascending, each once. */
export function sortFacts(facts: FactId[]): FactId[] {
  facts.sort((a, b) => a - b);
  return facts.filter((fact, i) => fact !== facts[i - 1]);
}
