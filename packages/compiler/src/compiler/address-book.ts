import { isPolicyPod } from '../cluster/cluster.ts';
import type { FactId, FactTable } from '../cluster/facts.ts';
import type { Labels, Node, Pod } from '../model/types.ts';
import { type Address, familyOf } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import type { Profile, ProfileTable } from './profiles.ts';

/** What is known of one address. */
export interface AddressRecord {
  readonly address: Address;
  /** The pods that claim it, the latest last: the one that has it (S44). */
  readonly pods: Pod[];
  readonly nodes: Node[];
  profile: Profile | undefined;
}

/** Who has which address, and what policies can know of it. */
export class AddressBook {
  readonly #records = new Map<Address, AddressRecord>();
  readonly #dirty = new Set<AddressRecord>();
  readonly #facts: FactTable;
  readonly #profiles: ProfileTable;
  readonly #labelsOf: (namespace: string) => Labels;

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
    return this.#records.get(address)?.pods.at(-1);
  }

  /** Records a pod's claim to its addresses; on the host network, or finished, it has none (S42, S44). */
  claim(pod: Pod): void {
    if (isPolicyPod(pod)) for (const address of pod.addresses) this.#touch(address).pods.push(pod);
  }

  unclaim(pod: Pod): void {
    if (!isPolicyPod(pod)) return;
    for (const address of pod.addresses) {
      const { pods } = this.#touch(address);
      const at = pods.lastIndexOf(pod);
      if (at >= 0) pods.splice(at, 1);
    }
  }

  claimForNode(node: Node): void {
    for (const address of new Set(node.addresses)) this.#touch(address).nodes.push(node);
  }

  unclaimForNode(node: Node): void {
    for (const address of new Set(node.addresses)) {
      const { nodes } = this.#touch(address);
      const at = nodes.lastIndexOf(node);
      if (at >= 0) nodes.splice(at, 1);
    }
  }

  /** Notes that what policies can know of an address may have changed. */
  touch(address: Address): void {
    this.#touch(address);
  }

  /** Works out the touched addresses anew; returns those whose profile changed, with the profile before. */
  refresh(): { record: AddressRecord; before: Profile | undefined }[] {
    const moved: { record: AddressRecord; before: Profile | undefined }[] = [];
    for (const record of this.#dirty) {
      const before = record.profile;
      const after = this.#profileOf(record);
      if (record.pods.length + record.nodes.length === 0) this.#records.delete(record.address);
      if (before === after) continue;
      before?.addresses.delete(record.address);
      after?.addresses.add(record.address);
      record.profile = after;
      moved.push({ record, before });
    }
    this.#dirty.clear();
    return moved;
  }

  #touch(address: Address): AddressRecord {
    const record = getOrMake(this.#records, address, () => ({
      address,
      pods: [],
      nodes: [],
      profile: undefined,
    }));
    this.#dirty.add(record);
    return record;
  }

  #profileOf({ address, pods, nodes }: AddressRecord): Profile | undefined {
    const pod = pods.at(-1);
    const ofNodes = nodes.flatMap((node) => this.#facts.ofNode(node));
    // A node that no policy asks about is an outside address like any other: ranges answer for it.
    if (!pod && ofNodes.length === 0) return undefined;
    const ofPod = pod ? this.#facts.ofPod(pod.namespace, this.#labelsOf(pod.namespace), pod.labels) : [];
    const facts = sortFacts([...ofPod, ...ofNodes, ...this.#facts.ofBlocks(address)]);
    return this.#profiles.get(familyOf(address), pod ? 'pod' : 'outside', facts, pod?.ports ?? []);
  }
}

/** Ascending, each once. */
export function sortFacts(facts: FactId[]): FactId[] {
  facts.sort((a, b) => a - b);
  return facts.filter((fact, i) => fact !== facts[i - 1]);
}
