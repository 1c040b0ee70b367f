import type { Labels, ModelObject, Namespace, Node, Pod, Policy } from '../model/types.ts';
import { NAMESPACE_NAME_LABEL } from '../objects/cluster-objects.ts';
import type { Address } from '../values/address.ts';

/** Whether a pod counts as a pod for policies: not on the host network (S42) and not finished (S44). */
export function isPolicyPod(pod: Pod): boolean {
  return !pod.hostNetwork && !pod.finished;
}

/** The labels of a namespace of which no object is known: its name (S20). */
export function impliedLabels(namespace: string): Labels {
  return Object.freeze(
    Object.assign(Object.create(null) as Record<string, string>, { [NAMESPACE_NAME_LABEL]: namespace }),
  );
}

/** Cluster objects at one moment, found by what packets and policies know of them. */
export interface Cluster {
  readonly policies: readonly Policy[];
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** Address -> the pod that has it now (S42, S44). Where two claim it, the later one in the input. */
  readonly podsByAddress: ReadonlyMap<Address, Pod>;
}

/** Sorts objects by what they are. */
export function clusterOf(objects: Iterable<ModelObject>): Cluster {
  const policies: Policy[] = [];
  const pods: Pod[] = [];
  const nodes: Node[] = [];
  const namespaces = new Map<string, Namespace>();
  const podsByAddress = new Map<Address, Pod>();
  for (const object of objects) {
    switch (object.kind) {
      case 'Pod':
        pods.push(object);
        if (isPolicyPod(object)) for (const address of object.addresses) podsByAddress.set(address, object);
        break;
      case 'Namespace':
        namespaces.set(object.name, object);
        break;
      case 'Node':
        nodes.push(object);
        break;
      default:
        policies.push(object);
    }
  }
  return { policies, pods, nodes, namespaces, podsByAddress };
}

/** The labels of a namespace, also of one that has no object (S20). */
export function namespaceLabels({ namespaces }: Pick<Cluster, 'namespaces'>, namespace: string): Labels {
  return namespaces.get(namespace)?.labels ?? impliedLabels(namespace);
}

/** Every address that is the node's own: its status, its pods' hostIPs, its host-network pods (S41). */
export function nodeAddresses({ nodes, pods }: Cluster, node: string): ReadonlySet<Address> {
  const own = new Set<Address>();
  for (const { name, addresses } of nodes)
    if (name === node) for (const address of addresses) own.add(address);
  // One by one, not by way of all nodes' addresses: there are a hundred pods elsewhere for each one here.
  for (const pod of pods) if (pod.node === node) for (const address of hostAddressesOf(pod)) own.add(address);
  return own;
}

/** What a pod tells of its node's addresses. */
export function hostAddressesOf({ hostNetwork, hostAddresses, addresses }: Pod): readonly Address[] {
  return hostNetwork ? [...hostAddresses, ...addresses] : hostAddresses;
}

/** Every address that is some node's own (S41), with the node's name; the same ones may come again. */
export function* addressesOfNodes(cluster: Cluster): Generator<readonly [node: string, address: Address]> {
  for (const { name, addresses } of cluster.nodes) for (const address of addresses) yield [name, address];
  for (const pod of cluster.pods)
    if (pod.node !== undefined) for (const address of hostAddressesOf(pod)) yield [pod.node, address];
}
