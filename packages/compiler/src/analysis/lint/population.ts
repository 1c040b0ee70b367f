import { type Cluster, impliedLabels, isPolicyPod } from '../../cluster/cluster.ts';
import { type FactId, FactTable } from '../../cluster/facts.ts';
import { PodIndex } from '../../cluster/pod-index.ts';
import { AddressBook, sortFacts } from '../../compiler/address-book.ts';
import { Outside } from '../../compiler/outside.ts';
import { ProfileTable, portsKey } from '../../compiler/profiles.ts';
import { type CompiledPolicy, type CompiledRule, compilePolicy } from '../../decision/policies.ts';
import {
  DIRECTIONS,
  type Labels,
  type PeerMatch,
  type Pod,
  type PodMatch,
  type Policy,
} from '../../model/types.ts';
import { FAMILIES } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

/** Pods that the same policies select and that name the same ports. */
export interface SubjectGroup {
  readonly policies: readonly CompiledPolicy[];
  readonly ports: Pod['ports'];
  readonly pods: readonly Pod[];
}

/** The pods that a selector picks. On the host network, or finished, they do not count for policies (S42, S44). */
export interface Selected {
  readonly pods: Pod[];
  readonly onHost: Pod[];
  readonly finished: Pod[];
}

const NOBODY: Selected = Object.freeze({ pods: [], onHost: [], finished: [] });

/** Everybody whom the policies of a cluster can tell apart, as subject and as peer. */
export class Population {
  readonly facts = new FactTable();
  readonly matches: ReadonlyMap<FactId, PeerMatch>;
  readonly compiled: readonly CompiledPolicy[];
  readonly groups: readonly SubjectGroup[];
  /** Of pods, nodes and ranges of outside addresses. */
  readonly profiles = new ProfileTable();
  /** Those with an object or with pods. */
  readonly namespaces: ReadonlySet<string>;
  readonly #subjects = new PodIndex<CompiledPolicy>();
  readonly #selectedBy = new Map<Policy, Selected>();
  readonly #selectedFor = new Map<FactId, Selected>();
  readonly #factOf = new Map<PeerMatch, FactId>();
  readonly #namespaceLabels = new Map<string, Labels>();

  constructor(cluster: Cluster) {
    const matches = new Map<FactId, PeerMatch>();
    this.matches = matches;
    this.compiled = cluster.policies.map((policy) =>
      compilePolicy(policy, this.facts, (id, match) => matches.set(id, match)),
    );
    for (const one of this.compiled) {
      this.#subjects.add(one.policy.subject, one);
      for (const direction of DIRECTIONS) for (const rule of one.rules[direction]) this.#noteFacts(rule);
    }
    for (const { name, labels } of cluster.namespaces.values()) this.#namespaceLabels.set(name, labels);
    this.namespaces = new Set([
      ...cluster.namespaces.keys(),
      ...cluster.pods.map(({ namespace }) => namespace),
    ]);
    this.groups = this.#sortOut(cluster.pods);
    this.#addProfiles(cluster);
  }

  /** The labels of a namespace, also of one that has no object (S20); always the same object. */
  labelsOf(namespace: string): Labels {
    return getOrMake(this.#namespaceLabels, namespace, () => impliedLabels(namespace));
  }

  /** The pods that a policy selects. */
  subjectsOf(policy: Policy): Selected {
    return this.#selectedBy.get(policy) ?? NOBODY;
  }

  /** The pods that a pod selector of a rule picks. */
  peersOf(match: PodMatch): Selected {
    const fact = this.#factOf.get(match);
    return (fact !== undefined && this.#selectedFor.get(fact)) || NOBODY;
  }

  /** Facts are in the order of the peers, those about names apart. */
  #noteFacts({ peers, reason }: CompiledRule): void {
    const matches = reason.rule && reason.rule.peers !== 'any' ? reason.rule.peers : [];
    for (const [at, match] of matches.filter(({ kind }) => kind !== 'domain').entries())
      this.#factOf.set(match, peers[at] as FactId);
  }

  #sortOut(pods: readonly Pod[]): SubjectGroup[] {
    const groups = new Map<string, SubjectGroup & { readonly pods: Pod[] }>();
    for (const pod of pods) {
      const labels = this.labelsOf(pod.namespace);
      const policies = this.#subjects.match(pod.namespace, labels, pod.labels);
      for (const { policy } of policies) note(this.#selectedBy, policy, pod);
      for (const fact of this.facts.ofPod(pod.namespace, labels, pod.labels))
        note(this.#selectedFor, fact, pod);
      if (!isPolicyPod(pod)) continue;
      const ids = policies.map(({ isolation }) => isolation.id).sort((a, b) => a - b);
      const key = `${ids.join(',')}|${portsKey(pod.ports)}`;
      getOrMake(groups, key, () => ({ policies, ports: pod.ports, pods: [] })).pods.push(pod);
    }
    return [...groups.values()];
  }

  #addProfiles(cluster: Cluster): void {
    const book = new AddressBook(this.facts, this.profiles, (namespace) => this.labelsOf(namespace));
    for (const pod of cluster.pods) {
      book.claim(pod);
      // It has no address yet, and will be a peer when it has one.
      if (isPolicyPod(pod) && pod.addresses.length === 0) this.#addProfile(pod);
    }
    for (const node of cluster.nodes) book.claimForNode(node);
    book.refresh(() => {});
    for (const family of FAMILIES) new Outside(family).recut(this.facts, this.profiles);
  }

  #addProfile({ namespace, labels, ports }: Pod): void {
    const facts = this.facts.ofPod(namespace, this.labelsOf(namespace), labels);
    this.profiles.get(4, 'pod', sortFacts(facts), ports);
  }
}

function note<K>(selected: Map<K, Selected>, by: K, pod: Pod): void {
  const { pods, onHost, finished } = getOrMake(selected, by, () => ({ pods: [], onHost: [], finished: [] }));
  (pod.hostNetwork ? onHost : pod.finished ? finished : pods).push(pod);
}
