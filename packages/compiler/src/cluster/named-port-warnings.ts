/** Named ports that no destination defines (S26): most often a mistyped name. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import {
  type BlockMatch,
  DIRECTIONS,
  type Direction,
  type Labels,
  type ModelObject,
  type Namespace,
  type Pod,
  type Policy,
  type PortMatch,
  type Rule,
} from '../model/types.ts';
import { type Address, addressValue, familyOf, type IpValue } from '../values/address.ts';
import { cidrHolds } from '../values/cidr.ts';
import { getOrMake } from '../values/collections.ts';
import { isPolicyPod, namespaceLabels } from './cluster.ts';
import { PodIndex } from './pod-index.ts';

type NamedPortMatch = Extract<PortMatch, { kind: 'named' }>;

/** One named port of one rule, looking for a destination that defines it. */
interface Query {
  readonly policy: Policy;
  readonly direction: Direction;
  readonly rule: Rule;
  readonly port: NamedPortMatch;
}

/** In the order of the policies. Empty when the input has no pods at all: then it is no picture of a cluster. */
export function undefinedNamedPorts(
  policies: readonly Policy[],
  objects: readonly ModelObject[],
): Diagnostic[] {
  const queries = policies.flatMap(queriesOf);
  if (queries.length === 0) return [];
  const pods: Pod[] = [];
  const namespaces = new Map<string, Namespace>();
  for (const object of objects) {
    if (object.kind === 'Namespace') namespaces.set(object.name, object);
    else if (object.kind === 'Pod' && isPolicyPod(object)) pods.push(object);
  }
  if (pods.length === 0) return [];
  const bySelector = new PodIndex<Query>();
  const others: Query[] = [];
  for (const query of queries) {
    for (const peer of destinations(query)) if (peer.kind === 'pods') bySelector.add(peer, query);
    if (destinations(query).some((peer) => peer.kind === 'block') || query.rule.peers === 'any')
      others.push(query);
  }
  const open = new Set(queries);
  // Pods of one template share these objects, and are asked about once.
  const asked = new Map<Labels, Map<string, Set<Pod['ports']>>>();
  for (const pod of pods) {
    if (open.size === 0) break;
    if (pod.ports.length === 0) continue;
    const { namespace, labels, ports } = pod;
    const alike = getOrMake(
      getOrMake(asked, labels, () => new Map()),
      namespace,
      () => new Set(),
    );
    if (!alike.has(ports)) {
      alike.add(ports);
      const ofNamespace = namespaceLabels({ namespaces }, namespace);
      for (const query of bySelector.match(namespace, ofNamespace, labels))
        if (defines(pod, query.port)) open.delete(query);
    }
    for (const query of others)
      if (open.has(query) && defines(pod, query.port) && isOther(pod, query)) open.delete(query);
  }
  return [...open].map(warningOf);
}

function queriesOf(policy: Policy): Query[] {
  return DIRECTIONS.flatMap((direction) =>
    policy.rules[direction].flatMap((rule) =>
      (rule.ports === 'any' ? [] : rule.ports)
        .filter((port) => port.kind === 'named')
        .map((port): Query => ({ policy, direction, rule, port })),
    ),
  );
}

/** Of ingress the subject, of egress the peers (S25); every pod where the rule has no peers. */
function destinations({ policy, direction, rule }: Query) {
  if (direction === 'ingress') return [policy.subject];
  return rule.peers === 'any' ? [] : rule.peers;
}

function defines(pod: Pod, port: NamedPortMatch): boolean {
  return pod.ports.some(
    ({ name, protocol }) => name === port.name && (port.protocol === 'any' || port.protocol === protocol),
  );
}

/** Whether the pod is a destination in another way than by selector. */
function isOther(pod: Pod, query: Query): boolean {
  if (query.direction === 'egress' && query.rule.peers === 'any') return true;
  const addresses = pod.addresses.map(ipOf);
  return destinations(query).some((peer) => peer.kind === 'block' && isCovered(addresses, peer));
}

function isCovered(addresses: readonly IpValue[], { cidr, except }: BlockMatch): boolean {
  return addresses.some((ip) => cidrHolds(cidr, ip) && !except.some((block) => cidrHolds(block, ip)));
}

function ipOf(address: Address): IpValue {
  return { family: familyOf(address), value: addressValue(address) };
}

function warningOf({ policy, direction, rule, port }: Query): Diagnostic {
  const { kind, namespace, name } = policy;
  const whose = direction === 'ingress' ? 'the policy selects' : 'the rule selects';
  const protocol = port.protocol === 'any' ? '' : ` for ${port.protocol}`;
  const message = `no pod that ${whose} has a port named ${JSON.stringify(port.name)}${protocol}, so it matches nothing`;
  return diagnostic('named-port-undefined', message, {
    object: { kind, namespace, name },
    field: `spec.${direction}[${rule.index}]`,
    source: rule.source,
  });
}
