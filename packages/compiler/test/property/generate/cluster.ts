import fc from 'fast-check';
import type { ModelObject, Namespace, Node, Pod } from '../../../src/model/types.ts';
import type { Address } from '../../../src/values/address.ts';
import {
  LOCAL_NODE,
  NAMESPACES,
  NODE_ADDRESSES,
  namedPort,
  POD_ADDRESSES,
  POD_CIDRS,
  REMOTE_NODE,
} from './alphabet.ts';
import { namespaceLabels, podLabels } from './labels.ts';
import { policy } from './policies.ts';

/** Kind, namespace and name: what an event names an object by. */
export function identityOf(object: ModelObject): string {
  return `${object.kind} ${'namespace' in object ? object.namespace : ''}/${object.name}`;
}

const oneOf = (family: 4 | 6): fc.Arbitrary<readonly Address[]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...POD_ADDRESSES[family]).map((address) => [address]) },
    { weight: 1, arbitrary: fc.constant([]) },
  );

const podAddresses: fc.Arbitrary<readonly Address[]> = fc
  .tuple(oneOf(4), oneOf(6))
  .map(([v4, v6]) => [...v4, ...v6]);

type Condition = 'pod' | 'host network' | 'finished';

export const pod: fc.Arbitrary<Pod> = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    name: fc.constantFrom('pod-0', 'pod-1', 'pod-2', 'pod-3', 'pod-4'),
    labels: podLabels,
    addresses: podAddresses,
    node: fc.constantFrom(
      LOCAL_NODE,
      LOCAL_NODE,
      LOCAL_NODE,
      LOCAL_NODE,
      REMOTE_NODE,
      REMOTE_NODE,
      undefined,
    ),
    condition: fc.constantFrom<Condition>(
      'pod',
      'pod',
      'pod',
      'pod',
      'pod',
      'pod',
      'host network',
      'finished',
    ),
    ports: fc.array(namedPort, { maxLength: 3 }),
  })
  .map(({ namespace, name, labels, addresses, node, condition, ports }) => {
    const host = node === LOCAL_NODE || node === REMOTE_NODE ? NODE_ADDRESSES[node] : [];
    return {
      kind: 'Pod',
      namespace,
      name,
      labels,
      addresses: condition === 'host network' ? host : addresses,
      node,
      hostAddresses: host,
      hostNetwork: condition === 'host network',
      finished: condition === 'finished',
      ports,
      owner: { kind: 'Pod', name },
      source: undefined,
    };
  });

export const namespace: fc.Arbitrary<Namespace> = fc
  .constantFrom(...NAMESPACES)
  .chain((name) =>
    namespaceLabels(name).map((labels) => ({ kind: 'Namespace' as const, name, labels, source: undefined })),
  );

export const node: fc.Arbitrary<Node> = fc.constantFrom(LOCAL_NODE, REMOTE_NODE).chain((name) =>
  fc
    .record({
      labels: podLabels,
      addresses: fc.subarray([...NODE_ADDRESSES[name]]),
      podCidrs: fc.subarray([...POD_CIDRS[name]]),
    })
    .map((rest) => ({ kind: 'Node' as const, name, ...rest, source: undefined })),
);

/** The world of a live cluster: some pods, most namespaces, most nodes, some policies; each name once. */
export const cluster: fc.Arbitrary<readonly ModelObject[]> = fc
  .tuple(
    fc.array(node, { maxLength: 3, size: 'max' }),
    fc.array(namespace, { maxLength: 4, size: 'max' }),
    fc.array(pod, { maxLength: 12, size: 'max' }),
    fc.array(policy, { maxLength: 10, size: 'max' }),
  )
  .map(([nodes, namespaces, pods, policies]) => {
    const byIdentity = new Map<string, ModelObject>();
    for (const object of [...nodes, ...namespaces, ...pods, ...policies])
      byIdentity.set(identityOf(object), object);
    return [...byIdentity.values()];
  });
