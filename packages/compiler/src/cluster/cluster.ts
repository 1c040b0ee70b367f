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
export function namespaceLabels(cluster: Cluster, namespace: string): Labels {
  return cluster.namespaces.get(namespace)?.labels ?? impliedLabels(namespace);
}

/** Every address that is the node's own: its status, its pods' hostIPs, its host-network pods (S41). */
export function nodeAddresses(cluster: Cluster, node: string): ReadonlySet<Address> {
  const own = new Set<Address>();
  for (const [name, address] of addressesOfNodes(cluster)) if (name === node) own.add(address);
  return own;
}

/** Every address that is some node's own (S41), with the node's name; the same ones may come again. */
export function* addressesOfNodes(cluster: Cluster): Generator<readonly [node: string, address: Address]> {
  for (const { name, addresses } of cluster.nodes) for (const address of addresses) yield [name, address];
  for (const { node, hostNetwork, hostAddresses, addresses } of cluster.pods) {
    if (node === undefined) continue;
    for (const address of hostAddresses) yield [node, address];
    if (hostNetwork) for (const address of addresses) yield [node, address];
  }
}
