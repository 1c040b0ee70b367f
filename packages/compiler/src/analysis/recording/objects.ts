/** Namespaces, nodes and pods as Kubernetes objects again, with what policies see of them and nothing else. */
import type { Labels, Namespace, Node, Pod } from '../../model/types.ts';
import { WORKLOAD_KINDS } from '../../objects/workload.ts';
import type { Address } from '../../values/address.ts';
import { formatCidr } from '../../values/cidr.ts';
import { type Names, nameOfKey, nameOfValue } from './names.ts';

export function namespaceManifest({ name, labels }: Namespace, names: Names): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: names('namespace', name), labels: labelsOf(labels, names) },
  };
}

export function nodeManifest({ name, labels, addresses, podCidrs }: Node, names: Names): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: names('node', name), labels: labelsOf(labels, names) },
    spec: { podCIDRs: podCidrs.map(formatCidr) },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

/**
 * The controller at the end of its chain stands in for the chain, so that the workloads need no recording; the addresses
 * of its node are those of the Node object, where that has them (`onNode`). What is not there is not read again ten
 * thousand times.
 */
export function podManifest(pod: Pod, names: Names, onNode: ReadonlySet<Address> | undefined): object {
  const ports = pod.ports.map(({ name, port, protocol }) => ({
    name: names('port', name),
    containerPort: port,
    ...(protocol === 'TCP' ? {} : { protocol }),
  }));
  const isKnown = !pod.hostNetwork && pod.hostAddresses.every((address) => onNode?.has(address));
  const hostIPs = isKnown ? [] : pod.hostAddresses;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: names('pod', pod.name),
      namespace: names('namespace', pod.namespace),
      labels: labelsOf(pod.labels, names),
      ...(pod.owner.kind === 'Pod' ? {} : { ownerReferences: [ownerReference(pod, names)] }),
    },
    spec: {
      ...(pod.node === undefined ? {} : { nodeName: names('node', pod.node) }),
      ...(pod.hostNetwork ? { hostNetwork: true } : {}),
      containers: ports.length === 0 ? [] : [{ name: 'ports', ports }],
    },
    status: {
      phase: pod.finished ? 'Succeeded' : 'Running',
      podIPs: pod.addresses.map((ip) => ({ ip })),
      ...(hostIPs.length === 0 ? {} : { hostIPs: hostIPs.map((ip) => ({ ip })) }),
    },
  };
}

const KNOWN_OWNERS: ReadonlySet<string> = new Set(WORKLOAD_KINDS);

/** Kinds that Kubernetes does not define may be named after what somebody makes. */
function ownerReference({ owner }: Pod, names: Names): object {
  const kind = KNOWN_OWNERS.has(owner.kind) ? owner.kind : names('ownerKind', owner.kind);
  return { kind, name: names('owner', owner.name), controller: true };
}

function labelsOf(labels: Labels, names: Names): object {
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [nameOfKey(names, key), nameOfValue(names, key, value)]),
  );
}
