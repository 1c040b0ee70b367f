import { type Cluster, clusterOf, isPolicyPod, namespaceLabels, nodeAddresses } from '../cluster/cluster.ts';
import { type FactId, FactTable } from '../cluster/facts.ts';
import { selects } from '../model/selectors.ts';
import type { ModelObject, PeerMatch, Pod, PodMatch } from '../model/types.ts';
import { type Address, type IpValue, parseIp } from '../values/address.ts';
import { cidrHolds } from '../values/cidr.ts';
import { pointOfPacket } from '../values/ports.ts';
import { decide, type Peer } from './decide.ts';
import { type CompiledPolicy, compilePolicy } from './policies.ts';
import { makeSubject, type Subject } from './subject.ts';
import { type PortVerdict, partAt } from './verdicts.ts';

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
  readonly verdict: 'allow' | 'deny' | 'unresolved';
  /** Absent where the end is not a pod of this node, or the direction is exempt (S40, S41). */
  readonly egress: PortVerdict | undefined;
  readonly ingress: PortVerdict | undefined;
}

/**
 * A cluster at one moment with its policies, answering questions one at a time, each from scratch: no index, no
 * class, no memory. The reference that the ruleset is tested against, and good for tools that ask little.
 */
export class Snapshot {
  readonly cluster: Cluster;
  readonly #policies: readonly CompiledPolicy[];
  readonly #facts = new Map<FactId, PeerMatch>();

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
    const policies = this.#policies.filter(({ policy }) => this.#picks(policy.subject, pod));
    return makeSubject(policies, pod.ports);
  }

  /**
   * What holds for an address. `names`: the DNS names (as in the policies) that it answers to, where that is known;
   * without it a domainNames rule leaves the verdict unresolved (S37).
   */
  peerAt(address: Address, names?: ReadonlySet<string>): Peer {
    const ip = parseIp(address);
    if (!ip) throw new TypeError(`not an address: ${address}`);
    const facts = new Set<FactId>();
    for (const [id, match] of this.#facts) if (this.#holds(match, address, ip, names)) facts.add(id);
    const ports = this.cluster.podsByAddress.get(address)?.ports ?? [];
    return { facts, ports, namesKnown: names !== undefined };
  }

  /** The verdict of one node on a connection: egress for its pods as source, ingress as destination (S1, S40, S41). */
  judge(node: string, attempt: ConnectionAttempt, names?: ReadonlySet<string>): Judgement {
    const { source, destination } = attempt;
    if (source === destination) return { verdict: 'allow', egress: undefined, ingress: undefined }; // S40
    const point = pointOfPacket(attempt.protocol, attempt.port);
    const side = (
      direction: 'ingress' | 'egress',
      subjectAt: Address,
      peerAt: Address,
    ): PortVerdict | undefined => {
      const subject = this.#localSubject(node, subjectAt);
      return subject && partAt(decide(direction, subject, this.peerAt(peerAt, names)), point);
    };
    const fromNode = nodeAddresses(this.cluster, node).has(source); // S41
    const egress = side('egress', source, destination);
    const ingress = fromNode ? undefined : side('ingress', destination, source);
    const verdicts = [egress?.verdict, ingress?.verdict];
    const verdict = verdicts.includes('deny')
      ? 'deny'
      : verdicts.includes('unresolved')
        ? 'unresolved'
        : 'allow';
    return { verdict, egress, ingress };
  }

  #localSubject(node: string, address: Address): Subject | undefined {
    const pod = this.cluster.podsByAddress.get(address);
    return pod && pod.node === node ? this.subjectOf(pod) : undefined;
  }

  #holds(match: PeerMatch, address: Address, ip: IpValue, names: ReadonlySet<string> | undefined): boolean {
    switch (match.kind) {
      case 'pods': {
        const pod = this.cluster.podsByAddress.get(address);
        return pod !== undefined && this.#picks(match, pod);
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

  #picks(match: PodMatch, pod: Pod): boolean {
    const part = match.namespaces;
    const inNamespace =
      'name' in part
        ? part.name === pod.namespace
        : selects(part.selector, namespaceLabels(this.cluster, pod.namespace));
    return inNamespace && selects(match.pods, pod.labels);
  }
}
