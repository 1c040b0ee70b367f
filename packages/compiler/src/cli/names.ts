import { clusterOf } from '../cluster/cluster.ts';
import type { ModelObject } from '../model/types.ts';
import type { Address } from '../values/address.ts';

/** Who has an address: `namespace/name` of a pod, or a node by its kind and name. */
export function namesIn(objects: Iterable<ModelObject>): (address: Address) => string | undefined {
  const { podsByAddress, nodes } = clusterOf(objects);
  const nodesByAddress = new Map(
    nodes.flatMap(({ name, addresses }) => addresses.map((address) => [address, name])),
  );
  return (address) => {
    const pod = podsByAddress.get(address);
    if (pod) return `${pod.namespace}/${pod.name}`;
    const node = nodesByAddress.get(address);
    return node === undefined ? undefined : `node ${node}`;
  };
}
