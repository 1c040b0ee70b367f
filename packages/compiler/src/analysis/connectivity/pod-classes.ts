/** Pods that policies cannot tell apart: they are asked about once. */
import { addressesOfNodes, type Cluster, isPolicyPod, namespaceLabels } from '../../cluster/cluster.ts';
import { FactTable } from '../../cluster/facts.ts';
import { PodIndex } from '../../cluster/pod-index.ts';
import { sortFacts } from '../../compiler/address-book.ts';
import { portsKey } from '../../compiler/profiles.ts';
import { hasSay, portsOfSubject } from '../../decision/asked.ts';
import { type CompiledPolicy, compilePolicy } from '../../decision/policies.ts';
import { makeSubject } from '../../decision/subject.ts';
import type { Direction, Labels, Pod } from '../../model/types.ts';
import { type Address, FAMILIES, type Family, familyOf } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';
import type { AllowedTable } from './allowed.ts';
import { type PeerId, PeerTable } from './peers.ts';
import { makeSide, type Side } from './side.ts';

/** What an address of a pod is to others. */
export interface OwnAddress {
  readonly peer: PeerId;
  /** Nodes whose own address it is as well: their pods let it in, whatever the policies say (S41). */
  readonly nodes: readonly string[];
}

/** Pods with equal verdicts towards everybody but themselves. */
export interface PodClass {
  /** From 0, without gaps. */
  readonly number: number;
  readonly pods: Pod[];
  readonly node: string | undefined;
  readonly addresses: Readonly<Record<Family, readonly OwnAddress[]>>;
  readonly sides: Readonly<Record<Direction, Side>>;
}

export interface Classified {
  readonly classes: readonly PodClass[];
  readonly peers: PeerTable;
}

/** The addresses that are the pod's own: where two claim one, the later in the input has it (S44). */
export function addressesOf(pod: Pod, cluster: Cluster): readonly Address[] {
  return isPolicyPod(pod) ? pod.addresses.filter((one) => cluster.podsByAddress.get(one) === pod) : [];
}

/** Classes of all pods that have an address. */
export function classifyPods(cluster: Cluster, sets: AllowedTable): Classified {
  const facts = new FactTable();
  const policies = cluster.policies.map((policy) => compilePolicy(policy, facts));
  const peers = new PeerTable(facts);
  const nodesOf = sharedAddresses(cluster);
  const asPeers = peerMaker(cluster, facts, peers, nodesOf);
  const seen = cluster.pods.flatMap((pod) => {
    const own = addressesOf(pod, cluster);
    return own.length === 0 ? [] : [{ pod, addresses: asPeers(pod, own) }];
  });

  const sideOf = sideMaker(cluster, policies, peers, sets);
  const classes = new Map<string, PodClass>();
  for (const { pod, addresses } of seen) {
    const egress = sideOf(pod, 'egress');
    const ingress = sideOf(pod, 'ingress');
    // Where no address is a pod's and a node's at once, a pod's own node makes no difference.
    const node = nodesOf.size > 0 ? pod.node : undefined;
    const key = JSON.stringify([egress.number, ingress.number, node ?? null, addresses]);
    const made = getOrMake(classes, key, () => ({
      number: classes.size,
      pods: [],
      node,
      addresses,
      sides: { egress: egress.side, ingress: ingress.side },
    }));
    made.pods.push(pod);
  }
  return { classes: [...classes.values()], peers };
}

/** What the addresses of pods are to others. */
function peerMaker(
  cluster: Cluster,
  facts: FactTable,
  peers: PeerTable,
  nodesOf: ReadonlyMap<Address, ReadonlySet<string>>,
): (pod: Pod, own: readonly Address[]) => PodClass['addresses'] {
  const factsOfPod = byLabels((namespace, labels) =>
    facts.ofPod(namespace, namespaceLabels(cluster, namespace), labels),
  );
  return (pod, own) => {
    const asPeer = (address: Address): OwnAddress => {
      const nodes = [...(nodesOf.get(address) ?? [])].sort();
      const ofNodes = cluster.nodes.filter((node) => nodes.length > 0 && node.addresses.includes(address));
      const held = sortFacts([
        ...factsOfPod(pod),
        ...facts.ofBlocks(address),
        ...ofNodes.flatMap((node) => facts.ofNode(node)),
      ]);
      return { peer: peers.get('pod', familyOf(address), held, pod.ports).id, nodes };
    };
    const inFamily = (family: Family): OwnAddress[] =>
      distinct(own.filter((address) => familyOf(address) === family).map(asPeer));
    return { 4: inFamily(4), 6: inFamily(6) };
  };
}

interface NumberedSide {
  readonly number: number;
  readonly side: Side;
}

/** Sides by the policies that have a say, so that many pods share one. */
function sideMaker(
  cluster: Cluster,
  policies: readonly CompiledPolicy[],
  peers: PeerTable,
  sets: AllowedTable,
): (pod: Pod, direction: Direction) => NumberedSide {
  const index = new PodIndex<number>();
  for (const [at, { policy }] of policies.entries()) index.add(policy.subject, at);
  const policiesOfPod = byLabels((namespace, labels) =>
    index.match(namespace, namespaceLabels(cluster, namespace), labels).sort((a, b) => a - b),
  );
  const sides = new Map<string, NumberedSide>();
  return (pod, direction) => {
    const concerning = policiesOfPod(pod).filter((at) => hasSay(policies[at] as CompiledPolicy, direction));
    const chosen = concerning.map((at) => policies[at] as CompiledPolicy);
    const ports = portsOfSubject(direction, chosen, pod.ports);
    return getOrMake(sides, `${direction}|${concerning.join(',')}|${portsKey(ports)}`, () => ({
      number: sides.size,
      side: makeSide(direction, makeSubject(chosen, ports), peers, sets),
    }));
  };
}

/** Pods of one template share their labels: what follows from those is worked out once. */
function byLabels<T>(work: (namespace: string, labels: Labels) => readonly T[]): (pod: Pod) => readonly T[] {
  const memo = new Map<Labels, Map<string, readonly T[]>>();
  return ({ namespace, labels }) =>
    getOrMake(
      getOrMake(memo, labels, () => new Map()),
      namespace,
      () => work(namespace, labels),
    );
}

/** Addresses that are a pod's and at the same time nodes' own: hardly ever any. */
function sharedAddresses(cluster: Cluster): ReadonlyMap<Address, ReadonlySet<string>> {
  const shared = new Map<Address, Set<string>>();
  for (const [node, address] of addressesOfNodes(cluster)) {
    if (cluster.podsByAddress.has(address)) getOrMake(shared, address, () => new Set()).add(node);
  }
  return shared;
}

function distinct(addresses: readonly OwnAddress[]): OwnAddress[] {
  return [...new Map(addresses.map((one) => [JSON.stringify(one), one])).values()];
}

/** The families in which pods of a class have addresses. */
export function familiesOf({ addresses }: PodClass): readonly Family[] {
  return FAMILIES.filter((family) => addresses[family].length > 0);
}
