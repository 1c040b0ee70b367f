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
  #latest: { readonly pod: Pod; readonly facts: readonly FactId[] } | undefined;

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
    this.#latest = undefined;
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

  /** Ascending. The addresses of one pod are asked about one after the other: its facts are worked out once. */
  #factsOfPod(pod: Pod): readonly FactId[] {
    if (this.#latest?.pod !== pod) {
      const facts = sortFacts(this.#facts.ofPod(pod.namespace, this.#labelsOf(pod.namespace), pod.labels));
      this.#latest = { pod, facts };
    }
    return this.#latest.facts;
  }
}

const NONE: readonly never[] = Object.freeze([]);
const NO_PORTS: readonly NamedPort[] = NONE;

function newRecord(address: Address): AddressRecord {
  return { address, pod: undefined, earlier: NONE, nodes: NONE, profile: undefined };
}

/** Ascending, each once. */
export function sortFacts(facts: FactId[]): FactId[] {
  facts.sort((a, b) => a - b);
  return facts.filter((fact, i) => fact !== facts[i - 1]);
}
