/** Ends of connections to the addresses that they have in a cluster. */
import { type Cluster, hostAddressesOf, isPolicyPod, nodeAddresses } from '../../cluster/cluster.ts';
import type { Owner, Pod } from '../../model/types.ts';
import type { Address } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';
import { type Fault, fault, isFault } from './fault.ts';
import { type End, formatEnd } from './parse-end.ts';

/** One address that an end stands for, and who has it. */
export type Member =
  | { readonly kind: 'pod'; readonly address: Address; readonly pod: Pod }
  /** What host-network pods send and get is the node's (S42). */
  | { readonly kind: 'node'; readonly address: Address; readonly node: string | undefined }
  | { readonly kind: 'external'; readonly address: Address };

export interface ResolvedEnd {
  readonly end: End;
  /** In the order of the input; never empty. */
  readonly members: readonly Member[];
}

/** Finds ends in one cluster. */
export class EndResolver {
  readonly #cluster: Cluster;
  #nodes: ReadonlyMap<Address, string> | undefined;
  #byNamespace: ReadonlyMap<string, readonly Pod[]> | undefined;
  /** Of the namespaces that were asked for. */
  readonly #byName = new Map<string, ReadonlyMap<string, Pod>>();
  #owned: ReadonlyMap<string, readonly Pod[]> | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The addresses of an end; a fault for what the cluster does not have, and for what has no address. */
  resolve(end: End): ResolvedEnd | Fault {
    const members = this.#membersOf(end);
    return isFault(members) ? members : { end, members };
  }

  #membersOf(end: End): readonly Member[] | Fault {
    switch (end.kind) {
      case 'address':
        return [this.#memberAt(end.address)];
      case 'node':
        return this.#ofNode(end.name);
      case 'pod': {
        const pod = this.#podsIn(end.namespace).get(end.name);
        if (!pod) return this.#unknownPod(end.namespace, end.name);
        const members = this.#ofPod(pod);
        return members.length > 0 ? members : this.#addressless(`pod ${formatEnd(end)}`, [pod]);
      }
      case 'owner': {
        const pods = this.#podsOf(end.namespace, end.owner);
        if (!pods) return this.#unknownOwner(end.namespace, end.owner);
        const members = pods.flatMap((pod) => this.#ofPod(pod));
        return members.length > 0 ? members : this.#addressless(formatEnd(end), pods);
      }
    }
  }

  #memberAt(address: Address): Member {
    const pod = this.#cluster.podsByAddress.get(address);
    if (pod) return { kind: 'pod', address, pod };
    const node = this.#nodesByAddress().get(address);
    return node === undefined ? { kind: 'external', address } : { kind: 'node', address, node };
  }

  #ofNode(name: string): readonly Member[] | Fault {
    const { nodes, pods } = this.#cluster;
    const addresses = nodeAddresses(this.#cluster, name);
    if (addresses.size > 0) return [...addresses].map((address) => ({ kind: 'node', address, node: name }));
    const isKnown = nodes.some((node) => node.name === name) || pods.some((pod) => pod.node === name);
    return isKnown
      ? fault('end-without-address', `node ${name} has no address`, 'addresses in the status of its Node')
      : unknown(`there is no node ${name}`);
  }

  #ofPod(pod: Pod): readonly Member[] {
    if (pod.finished) return [];
    if (isPolicyPod(pod)) {
      return pod.addresses
        .filter((address) => this.#cluster.podsByAddress.get(address) === pod)
        .map((address) => ({ kind: 'pod', address, pod }));
    }
    const own = pod.addresses.length > 0 ? pod.addresses : pod.hostAddresses;
    const addresses = own.length > 0 || pod.node === undefined ? own : nodeAddresses(this.#cluster, pod.node);
    return [...addresses].map((address) => ({ kind: 'node', address, node: pod.node }));
  }

  #addressless(what: string, pods: readonly Pod[]): Fault {
    if (pods.every((pod) => pod.finished)) {
      return fault(
        'end-without-address',
        `${what} is finished, and has no address any more`,
        'a pod that runs',
      );
    }
    const [taken] = pods.flatMap((pod) => pod.addresses);
    const owner = taken && this.#cluster.podsByAddress.get(taken);
    const problem = owner
      ? `${what} has no address: ${taken} is that of ${owner.namespace}/${owner.name}`
      : `${what} has no address`;
    return fault('end-without-address', problem, 'a pod that runs');
  }

  #unknownPod(namespace: string, name: string): Fault {
    const problem = `there is no pod ${name} in namespace ${namespace}`;
    const { pods } = this.#cluster;
    const owned = pods.find((pod) => pod.namespace === namespace && pod.owner.name === name);
    const elsewhere = pods.find((pod) => pod.name === name);
    if (owned) return unknown(problem, `perhaps ${namespace}/${owned.owner.kind}/${name}`);
    return unknown(problem, elsewhere && `perhaps ${elsewhere.namespace}/${name}`);
  }

  #unknownOwner(namespace: string, { kind, name }: Owner): Fault {
    const problem = `there is no pod of ${kind} ${name} in namespace ${namespace}`;
    const like = this.#cluster.pods.find(
      (pod) => pod.namespace === namespace && (pod.owner.name === name || pod.name === name),
    );
    if (like?.owner.name !== name) return unknown(problem, like && `perhaps ${namespace}/${name}`);
    return unknown(problem, `perhaps ${namespace}/${like.owner.kind}/${name}`);
  }

  #nodesByAddress(): ReadonlyMap<Address, string> {
    if (this.#nodes) return this.#nodes;
    const nodes = new Map<Address, string>();
    for (const pod of this.#cluster.pods)
      if (pod.node !== undefined) for (const address of hostAddressesOf(pod)) nodes.set(address, pod.node);
    for (const { name, addresses } of this.#cluster.nodes)
      for (const address of addresses) nodes.set(address, name);
    this.#nodes = nodes;
    return nodes;
  }

  #podsIn(namespace: string): ReadonlyMap<string, Pod> {
    return getOrMake(this.#byName, namespace, () => {
      this.#byNamespace ??= Map.groupBy(this.#cluster.pods, (pod) => pod.namespace);
      return new Map((this.#byNamespace.get(namespace) ?? []).map((pod) => [pod.name, pod]));
    });
  }

  #podsOf(namespace: string, owner: Owner): readonly Pod[] | undefined {
    if (!this.#owned) {
      const owned = new Map<string, Pod[]>();
      for (const pod of this.#cluster.pods)
        getOrMake(owned, ownerKey(pod.namespace, pod.owner), () => []).push(pod);
      this.#owned = owned;
    }
    return this.#owned.get(ownerKey(namespace, owner));
  }
}

function ownerKey(namespace: string, { kind, name }: Owner): string {
  return `${namespace}/${kind.toLowerCase()}/${name}`;
}

function unknown(problem: string, expected = 'one that the input has'): Fault {
  return fault('end-unknown', problem, expected);
}
