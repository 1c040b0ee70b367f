/**
 * A second reading of semantics.md, for one packet at a time and with nothing clever: no facts, no spans, no classes.
 * It shares the model and the value types with `decide`, and nothing else.
 */
import type {
  Direction,
  ModelObject,
  Namespace,
  Node,
  PeerMatch,
  Pod,
  PodMatch,
  Policy,
  PortMatch,
  Requirement,
  Rule,
  Selector,
  Tier,
} from '../../src/model/types.ts';
import { type Address, addressValue, familyOf } from '../../src/values/address.ts';
import type { Cidr } from '../../src/values/cidr.ts';
import { pointOf, pointOfPacket } from '../../src/values/ports.ts';

/** The DNS names that rules may name: all of them hold for every peer, or none does (S37). */
type Names = 'all' | 'none';

interface Question {
  readonly objects: readonly ModelObject[];
  readonly direction: Direction;
  readonly subject: Pod;
  readonly peer: Address;
  readonly point: number;
  readonly names: Names;
}

export type ReferenceVerdict = 'allow' | 'deny' | 'unresolved';

/** What one node says about a connection; undefined per direction where the node does not judge it (S1, S40, S41). */
export function referenceVerdicts(
  objects: readonly ModelObject[],
  node: string,
  attempt: { source: Address; destination: Address; protocol: number; port: number },
): Readonly<Record<Direction, ReferenceVerdict | undefined>> {
  const { source, destination } = attempt;
  if (source === destination) return { egress: undefined, ingress: undefined };
  const point = pointOfPacket(attempt.protocol, attempt.port);
  const ask = (direction: Direction, local: Address, peer: Address): ReferenceVerdict | undefined => {
    const subject = podAt(objects, local);
    if (!subject || subject.node !== node) return undefined;
    const question = { objects, direction, subject, peer, point };
    if (isAllowed({ ...question, names: 'none' })) return 'allow';
    return isAllowed({ ...question, names: 'all' }) ? 'unresolved' : 'deny';
  };
  const fromNode = ownAddresses(objects, node).includes(source);
  return {
    egress: ask('egress', source, destination),
    ingress: fromNode ? undefined : ask('ingress', destination, source),
  };
}

function isAllowed(question: Question): boolean {
  const policies = question.objects.filter(
    (object): object is Policy =>
      'tier' in object && picks(object.subject, question.subject, question.objects),
  );
  const admin = firstMatch(inOrder(policies, 'admin'), question);
  if (admin === 'allow' || admin === 'deny') return admin === 'allow';
  const isolating = policies.filter(
    ({ tier, isolates }) => tier === 'network' && isolates[question.direction],
  );
  if (isolating.length > 0)
    return isolating.some(({ rules }) => rules[question.direction].some((rule) => matches(rule, question)));
  return firstMatch(inOrder(policies, 'baseline'), question) !== 'deny';
}

function firstMatch(policies: readonly Policy[], question: Question): Rule['action'] | undefined {
  for (const { rules } of policies)
    for (const rule of rules[question.direction]) if (matches(rule, question)) return rule.action;
  return undefined;
}

/** S3, S5, S6, S8. */
function inOrder(policies: readonly Policy[], tier: Tier): readonly Policy[] {
  const rank = ({ kind, priority }: Policy): number =>
    (kind === 'BaselineAdminNetworkPolicy' ? 1e6 : priority) * 10 + (kind === 'AdminNetworkPolicy' ? 0 : 1);
  return policies
    .filter((policy) => policy.tier === tier)
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function matches(rule: Rule, question: Question): boolean {
  const peer = rule.peers === 'any' || rule.peers.some((one) => isPeer(one, question));
  return peer && (rule.ports === 'any' || rule.ports.some((one) => isPort(one, question)));
}

function isPeer(match: PeerMatch, { objects, peer, names }: Question): boolean {
  switch (match.kind) {
    case 'pods': {
      const pod = podAt(objects, peer);
      return pod !== undefined && picks(match, pod, objects);
    }
    case 'block':
      return isIn(match.cidr, peer) && match.except.every((hole) => !isIn(hole, peer));
    case 'nodes':
      return objects.some(
        (object) =>
          object.kind === 'Node' && object.addresses.includes(peer) && selects(match.selector, object.labels),
      );
    case 'domain':
      return names === 'all';
  }
}

function isPort(match: PortMatch, { objects, direction, subject, peer, point }: Question): boolean {
  if (match.kind === 'span') return match.span.first <= point && point <= match.span.last;
  const destination = direction === 'ingress' ? subject : podAt(objects, peer);
  return (destination?.ports ?? []).some(
    ({ name, protocol, port }) =>
      name === match.name &&
      (match.protocol === 'any' || match.protocol === protocol) &&
      pointOf(protocol, port) === point,
  );
}

/** Who has an address: the latest pod that claims it, host-network and finished ones aside (S42, S44). */
function podAt(objects: readonly ModelObject[], address: Address): Pod | undefined {
  return objects.findLast(
    (object): object is Pod =>
      object.kind === 'Pod' && !object.hostNetwork && !object.finished && object.addresses.includes(address),
  );
}

function ownAddresses(objects: readonly ModelObject[], node: string): readonly Address[] {
  const isNode = (object: ModelObject): object is Node => object.kind === 'Node' && object.name === node;
  const isHere = (object: ModelObject): object is Pod => object.kind === 'Pod' && object.node === node;
  return [
    ...objects.filter(isNode).flatMap(({ addresses }) => addresses),
    ...objects
      .filter(isHere)
      .flatMap((pod) => [...pod.hostAddresses, ...(pod.hostNetwork ? pod.addresses : [])]),
  ];
}

function picks(match: PodMatch, pod: Pod, objects: readonly ModelObject[]): boolean {
  if (!selects(match.pods, pod.labels)) return false;
  if ('name' in match.namespaces) return match.namespaces.name === pod.namespace;
  const namespace = objects.find(
    (object): object is Namespace => object.kind === 'Namespace' && object.name === pod.namespace,
  );
  return selects(
    match.namespaces.selector,
    namespace?.labels ?? { 'kubernetes.io/metadata.name': pod.namespace },
  );
}

function selects(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((requirement) => isMet(requirement, new Map(Object.entries(labels))));
}

function isMet({ key, operator, values }: Requirement, labels: ReadonlyMap<string, string>): boolean {
  switch (operator) {
    case 'In':
      return values.includes(labels.get(key) ?? '') && labels.has(key);
    case 'NotIn':
      return !(labels.has(key) && values.includes(labels.get(key) ?? ''));
    case 'Exists':
      return labels.has(key);
    case 'DoesNotExist':
      return !labels.has(key);
  }
}

function isIn(cidr: Cidr, address: Address): boolean {
  const value = addressValue(address);
  return cidr.family === familyOf(address) && cidr.first <= value && value <= cidr.last;
}
