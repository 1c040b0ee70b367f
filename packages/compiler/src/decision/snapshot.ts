import { type Cluster, clusterOf, isPolicyPod, namespaceLabels, nodeAddresses } from '../cluster/cluster.ts';
import { type FactId, FactTable } from '../cluster/facts.ts';
import { selects } from '../model/selectors.ts';
import {
  DIRECTIONS,
  type Direction,
  type ModelObject,
  type PeerMatch,
  type Pod,
  type PodMatch,
} from '../model/types.ts';
import { type Address, type IpValue, parseIp } from '../values/address.ts';
import { cidrHolds } from '../values/cidr.ts';
import { getOrMake } from '../values/collections.ts';
import { pointOfPacket } from '../values/ports.ts';
import { decide, type Peer } from './decide.ts';
import { type CompiledPolicy, compareInTier, compilePolicy } from './policies.ts';
import { makeSubject, type Subject } from './subject.ts';
import { type PortVerdict, partAt, strictest, type Verdict } from './verdicts.ts';

/** The first packet of a connection, as a node sees it: after service DNAT, before SNAT. */
export interface ConnectionAttempt {
  readonly source: Address;
  readonly destination: Address;
  /** As in the IP header: 6 TCP, 17 UDP, 132 SCTP, … */
  readonly protocol: number;
  /** The destination port; anything for protocols without ports. */
  readonly port: number;
}

/** What a node says about a connection: allowed when neither direction says otherwise (S1). */
export interface Judgement {
  readonly verdict: Verdict;
  /** Absent where the end is not a pod of this node, or the direction is exempt (S40, S41). */
  readonly egress: PortVerdict | undefined;
  readonly ingress: PortVerdict | undefined;
}

/** Who is asked about one direction of a connection, or why nobody is. */
export type Concern =
  | { readonly kind: 'subject'; readonly pod: Pod; readonly subject: Subject }
  /** `self`: S40; `own-node`: S41; `no-pod`: that end is no pod's address. */
  | { readonly kind: 'self' | 'own-node' | 'no-pod' };

/**
 * A cluster at one moment with its policies, answering questions one at a time, each from scratch: no index, no
 * class. The reference that the ruleset is tested against, and good for tools that ask little.
 */
export class Snapshot {
  readonly cluster: Cluster;
  readonly #policies: readonly CompiledPolicy[];
  readonly #facts = new Map<FactId, PeerMatch>();
  /** What was asked for before; all of it follows from the objects. */
  readonly #nodeAddresses = new Map<string, ReadonlySet<Address>>();
  readonly #subjects = new Map<Pod, Subject>();
  readonly #peers = new Map<Address, Peer>();

  constructor(objects: Iterable<ModelObject>) {
    this.cluster = clusterOf(objects);
    const table = new FactTable();
    this.#policies = this.cluster.policies.map((policy) =>
      compilePolicy(policy, table, (id, match) => this.#facts.set(id, match)),
    );
  }

  /** The policies that select a pod, and its ports; undefined for what is never a subject (S42, S44). */
  subjectOf(pod: Pod): Subject | undefined {
    if (!isPolicyPod(pod)) return undefined;
    return getOrMake(this.#subjects, pod, () => makeSubject(this.policiesOf(pod), pod.ports));
  }

  /** The policies that select a pod, in the order in which each tier asks them. */
  policiesOf(pod: Pod): readonly CompiledPolicy[] {
    return this.#policies
      .filter(({ policy }) => this.picks(policy.subject, pod))
      .sort((a, b) => compareInTier(a.policy, b.policy));
  }

  /**
   * What holds for an address. `names`: the DNS names (as in the policies) that it answers to, where that is known;
   * without it a domainNames rule leaves the verdict unresolved (S37).
   */
  peerAt(address: Address, names?: ReadonlySet<string>): Peer {
    if (names) return this.#peer(address, names);
    return getOrMake(this.#peers, address, () => this.#peer(address, undefined));
  }

  #peer(address: Address, names: ReadonlySet<string> | undefined): Peer {
    const ip = parseIp(address);
    if (!ip) throw new TypeError(`not an address: ${address}`);
    const facts = new Set<FactId>();
    for (const [id, match] of this.#facts) if (this.#holds(match, address, ip, names)) facts.add(id);
    const ports = this.cluster.podsByAddress.get(address)?.ports ?? [];
    return { facts, ports, namesKnown: names !== undefined };
  }

  /** The verdict of one node on a connection: egress for its pods as source, ingress as destination (S1, S40, S41). */
  judge(node: string, attempt: ConnectionAttempt, names?: ReadonlySet<string>): Judgement {
    const side = (direction: Direction): PortVerdict | undefined =>
      this.#part(direction, attempt, names, (pod) => pod.node === node);
    const egress = side('egress');
    const ingress = side('ingress');
    return { verdict: strictest([egress?.verdict, ingress?.verdict]), egress, ingress };
  }

  /** The verdict of all nodes together on a connection (S1). */
  verdictOn(attempt: ConnectionAttempt): Verdict {
    return strictest(DIRECTIONS.map((direction) => this.#part(direction, attempt)?.verdict));
  }

  /** What is said in one direction of a connection to the pod that is asked; undefined where nobody is. */
  #part(
    direction: Direction,
    { source, destination, protocol, port }: ConnectionAttempt,
    names?: ReadonlySet<string>,
    counts: (pod: Pod) => boolean = () => true,
  ): PortVerdict | undefined {
    const concern = this.concernOf(direction, source, destination);
    if (concern.kind !== 'subject' || !counts(concern.pod)) return undefined;
    const peer = this.peerAt(direction === 'egress' ? destination : source, names);
    return partAt(decide(direction, concern.subject, peer), pointOfPacket(protocol, port));
  }

  /** Who is judged in one direction of a connection, if anybody (S1, S40, S41). */
  concernOf(direction: Direction, source: Address, destination: Address): Concern {
    if (source === destination) return { kind: 'self' }; // S40
    const pod = this.cluster.podsByAddress.get(direction === 'egress' ? source : destination);
    const subject = pod && this.subjectOf(pod);
    if (!subject) return { kind: 'no-pod' };
    const fromOwnNode = direction === 'ingress' && pod.node !== undefined && this.#isOfNode(pod.node, source);
    return fromOwnNode ? { kind: 'own-node' } : { kind: 'subject', pod, subject };
  }

  #isOfNode(node: string, address: Address): boolean {
    return getOrMake(this.#nodeAddresses, node, () => nodeAddresses(this.cluster, node)).has(address);
  }

  /** Whether something that policies ask for holds for an address; for names see `peerAt`. */
  holds(match: PeerMatch, address: Address): boolean {
    const ip = parseIp(address);
    return ip !== undefined && this.#holds(match, address, ip, undefined);
  }

  #holds(match: PeerMatch, address: Address, ip: IpValue, names: ReadonlySet<string> | undefined): boolean {
    switch (match.kind) {
      case 'pods': {
        const pod = this.cluster.podsByAddress.get(address);
        return pod !== undefined && this.picks(match, pod);
      }
      case 'block':
        return cidrHolds(match.cidr, ip) && !match.except.some((hole) => cidrHolds(hole, ip)); // S22
      case 'nodes':
        return this.cluster.nodes.some(
          (node) => node.addresses.includes(address) && selects(match.selector, node.labels),
        );
      case 'domain':
        return names?.has(match.name) ?? false;
    }
  }

  /** Whether a match picks a pod, by its namespace and its labels. */
  picks(match: PodMatch, pod: Pod): boolean {
    const part = match.namespaces;
    const inNamespace =
      'name' in part
        ? part.name === pod.namespace
        : selects(part.selector, namespaceLabels(this.cluster, pod.namespace));
    return inNamespace && selects(match.pods, pod.labels);
  }
}
