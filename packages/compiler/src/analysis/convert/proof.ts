/** Whether two sets of policies decide alike, for every pair of ends that either can tell apart. */
import { type Cluster, clusterOf, isPolicyPod, namespaceLabels } from '../../cluster/cluster.ts';
import { type FactId, FactTable } from '../../cluster/facts.ts';
import { PodIndex } from '../../cluster/pod-index.ts';
import { decide, type Peer } from '../../decision/decide.ts';
import { type CompiledPolicy, compilePolicy } from '../../decision/policies.ts';
import { makeSubject, type Subject } from '../../decision/subject.ts';
import type { PortVerdicts } from '../../decision/verdicts.ts';
import {
  DIRECTIONS,
  type Direction,
  type ModelObject,
  type NamedPort,
  type Pod,
  type Policy,
} from '../../model/types.ts';
import { type Address, FAMILIES, formatIp } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

export interface Proof {
  /** Pods with the same policies and ports count as one kind, and so do addresses that policies cannot tell apart. */
  readonly subjects: number;
  readonly peers: number;
  /** The first pair that is decided otherwise; none when the policies decide alike. */
  readonly counterexample: Counterexample | undefined;
}

export interface Counterexample {
  readonly direction: Direction;
  readonly subject: Pod;
  readonly peer: string;
}

interface PeerKind {
  readonly facts: readonly FactId[];
  readonly ports: readonly NamedPort[];
  /** One of them. */
  readonly example: string;
}

interface SubjectKind {
  readonly example: Pod;
  readonly before: Subject;
  readonly after: Subject;
}

/**
 * Holds every decision under the policies of `objects` against that under `policies`: both directions, all ports and
 * protocols, pods and nodes and the rest of the world as peers, and each DNS name of a rule known to match or not.
 */
export function compareDecisions(
  objects: readonly ModelObject[],
  policies: readonly Policy[],
  onSubject: (done: number, total: number) => void = () => {},
): Proof {
  const cluster = clusterOf(objects);
  const facts = new FactTable();
  const names = new Set<FactId>();
  const compile = (policy: Policy): CompiledPolicy =>
    compilePolicy(policy, facts, (id, { kind }) => kind === 'domain' && names.add(id));
  const before = cluster.policies.map(compile);
  const after = policies.map(compile);
  const peers = peerKinds(cluster, facts);
  const subjects = subjectKinds(cluster, before, after);
  const proof = { subjects: subjects.length, peers: peers.length };
  for (const [done, subject] of subjects.entries()) {
    onSubject(done, subjects.length);
    for (const direction of DIRECTIONS) {
      const peer = firstDifference(direction, subject, peers, names);
      if (peer) {
        const counterexample = { direction, subject: subject.example, peer: peer.example };
        return { ...proof, counterexample };
      }
    }
  }
  return { ...proof, counterexample: undefined };
}

function firstDifference(
  direction: Direction,
  { before, after }: SubjectKind,
  peers: readonly PeerKind[],
  names: ReadonlySet<FactId>,
): PeerKind | undefined {
  const asked = new Set([before, after].flatMap((subject) => factsAsked(direction, subject)));
  const askedNames = [...names].filter((name) => asked.has(name));
  const compared = new Set<string>();
  return peers.find(({ facts, ports }) => {
    const held = facts.filter((fact) => asked.has(fact));
    const key = JSON.stringify([held, direction === 'egress' ? ports : []]);
    if (compared.has(key)) return false;
    compared.add(key);
    const known = (more: readonly FactId[]): Peer => ({
      facts: new Set([...held, ...more]),
      ports,
      namesKnown: true,
    });
    const unknown: Peer = { facts: new Set(held), ports, namesKnown: false };
    return [unknown, known([]), ...askedNames.map((name) => known([name]))].some(
      (peer) => !areAlike(decide(direction, before, peer), decide(direction, after, peer)),
    );
  });
}

function factsAsked(direction: Direction, { rules }: Subject): FactId[] {
  return Object.values(rules[direction].tiers).flatMap((list) =>
    list.rules.flatMap(({ peers, domains }) => [...peers, ...domains]),
  );
}

/** Whoever decided: the verdicts change at the same points. */
function areAlike(a: PortVerdicts, b: PortVerdicts): boolean {
  const [one, other] = [changes(a), changes(b)];
  return (
    one.length === other.length &&
    one.every(({ first, verdict }, at) => first === other[at]?.first && verdict === other[at]?.verdict)
  );
}

function changes(verdicts: PortVerdicts): PortVerdicts {
  return verdicts.filter(({ verdict }, at) => verdict !== verdicts[at - 1]?.verdict);
}

/** What all policies of before and after can know of an address: pods', nodes', and the ranges of the rest. */
function peerKinds(cluster: Cluster, facts: FactTable): PeerKind[] {
  const kinds = new Map<string, PeerKind>();
  const add = (held: Iterable<FactId>, ports: readonly NamedPort[], example: string): void => {
    const sorted = [...new Set(held)].sort((a, b) => a - b);
    getOrMake(kinds, JSON.stringify([sorted, ports]), () => ({ facts: sorted, ports, example }));
  };
  const nodesAt = Map.groupBy(
    cluster.nodes.flatMap((node) => node.addresses.map((address): [Address, typeof node] => [address, node])),
    ([address]) => address,
  );
  for (const address of new Set([...cluster.podsByAddress.keys(), ...nodesAt.keys()])) {
    const pod = cluster.podsByAddress.get(address);
    const ofPod = pod ? facts.ofPod(pod.namespace, namespaceLabels(cluster, pod.namespace), pod.labels) : [];
    const ofNodes = (nodesAt.get(address) ?? []).flatMap(([, node]) => facts.ofNode(node));
    add([...ofPod, ...ofNodes, ...facts.ofBlocks(address)], pod?.ports ?? [], address);
  }
  for (const family of FAMILIES) {
    for (const { first, facts: held } of facts.partition(family).cells) {
      add(held, [], formatIp({ family, value: first }));
    }
  }
  return [...kinds.values()];
}

function subjectKinds(
  cluster: Cluster,
  before: readonly CompiledPolicy[],
  after: readonly CompiledPolicy[],
): SubjectKind[] {
  const index = new PodIndex<CompiledPolicy>();
  for (const compiled of [...before, ...after]) index.add(compiled.policy.subject, compiled);
  const numbers = new Map([...before, ...after].map((compiled, at) => [compiled, at]));
  const kinds = new Map<string, SubjectKind>();
  for (const pod of cluster.pods.filter(isPolicyPod)) {
    const selecting = index.match(pod.namespace, namespaceLabels(cluster, pod.namespace), pod.labels);
    const which = selecting.map((compiled) => numbers.get(compiled) as number).sort((a, b) => a - b);
    getOrMake(kinds, JSON.stringify([which, pod.ports]), () => {
      const chosen = new Set(selecting);
      const subjectUnder = (policies: readonly CompiledPolicy[]): Subject =>
        makeSubject(
          policies.filter((compiled) => chosen.has(compiled)),
          pod.ports,
        );
      return { example: pod, before: subjectUnder(before), after: subjectUnder(after) };
    });
  }
  return [...kinds.values()];
}
