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

/** The DNS names that the peer answers to, as rules name them (S37). */
type Names = 'all' | ReadonlySet<string>;

const NO_NAMES: Names = new Set();

interface Question {
  readonly objects: readonly ModelObject[];
  readonly direction: Direction;
  readonly subject: Pod;
  readonly peer: Address;
  readonly point: number;
  readonly names: Names;
}

/** A rule, or an isolating policy. */
interface Decider {
  readonly policy: Policy;
  readonly rule: Rule | undefined;
}

interface Answer {
  readonly allowed: boolean;
  /** Who may be named as the one that decided; nobody where no policy did. */
  readonly by: readonly Decider[];
}

export interface ReferenceVerdict {
  readonly verdict: 'allow' | 'deny' | 'unresolved';
  readonly by: readonly Decider[];
}

/** What one node says about a connection; undefined per direction where the node does not judge it (S1, S40, S41). */
export function referenceVerdicts(
  objects: readonly ModelObject[],
  node: string,
  attempt: { source: Address; destination: Address; protocol: number; port: number },
  names?: ReadonlySet<string>,
): Readonly<Record<Direction, ReferenceVerdict | undefined>> {
  const { source, destination } = attempt;
  if (source === destination) return { egress: undefined, ingress: undefined };
  const point = pointOfPacket(attempt.protocol, attempt.port);
  const ask = (direction: Direction, local: Address, peer: Address): ReferenceVerdict | undefined => {
    const subject = podAt(objects, local);
    if (!subject || subject.node !== node) return undefined;
    const question = { objects, direction, subject, peer, point };
    const without = answer({ ...question, names: names ?? NO_NAMES });
    if (names && !without.allowed) return { verdict: 'deny', by: without.by };
    if (without.allowed) return { verdict: 'allow', by: without.by };
    const hoped = answer({ ...question, names: 'all' });
    return hoped.allowed ? { verdict: 'unresolved', by: hoped.by } : { verdict: 'deny', by: without.by };
  };
  const fromNode = ownAddresses(objects, node).includes(source);
  return {
    egress: ask('egress', source, destination),
    ingress: fromNode ? undefined : ask('ingress', destination, source),
  };
}

/** Whether any policy has something to say about the pod at an address in this direction (S2, S12). */
export function isConcerned(
  objects: readonly ModelObject[],
  node: string,
  address: Address,
  direction: Direction,
): boolean {
  const pod = podAt(objects, address);
  return objects.some((object) => {
    if (!('tier' in object) || !pod || pod.node !== node || !picks(object.subject, pod, objects))
      return false;
    return object.tier === 'network' ? object.isolates[direction] : object.rules[direction].length > 0;
  });
}

function answer(question: Question): Answer {
  const policies = question.objects.filter(
    (object): object is Policy =>
      'tier' in object && picks(object.subject, question.subject, question.objects),
  );
  const admin = firstMatch(inOrder(policies, 'admin'), question);
  if (admin && admin.rule.action !== 'pass') return { allowed: admin.rule.action === 'allow', by: [admin] };
  const isolating = policies.filter(
    ({ tier, isolates }) => tier === 'network' && isolates[question.direction],
  );
  if (isolating.length > 0) {
    const by = isolating.flatMap((policy) => matching(policy, question));
    if (by.length > 0) return { allowed: true, by };
    return { allowed: false, by: isolating.map((policy) => ({ policy, rule: undefined })) };
  }
  const baseline = firstMatch(inOrder(policies, 'baseline'), question);
  // S5: Pass leaves the last tier, so that nobody decides.
  if (!baseline || baseline.rule.action === 'pass') return { allowed: true, by: [] };
  return { allowed: baseline.rule.action === 'allow', by: [baseline] };
}

function firstMatch(
  policies: readonly Policy[],
  question: Question,
): { policy: Policy; rule: Rule } | undefined {
  return policies.flatMap((policy) => matching(policy, question))[0];
}

function matching(policy: Policy, question: Question): { policy: Policy; rule: Rule }[] {
  const rules = policy.rules[question.direction].filter((rule) => matches(rule, question));
  return rules.map((rule) => ({ policy, rule }));
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
      return names === 'all' || names.has(match.name);
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
