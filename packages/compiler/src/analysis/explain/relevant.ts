/** What of a cluster a node's ruleset follows from, when only a few of its elements are asked for. */
import { type Cluster, isPolicyPod } from '../../cluster/cluster.ts';
import type { Snapshot } from '../../decision/snapshot.ts';
import type { ModelObject, PeerMatch, Pod, Policy } from '../../model/types.ts';
import { isPolicy } from '../../objects/parse.ts';
import { Likeness } from './likeness.ts';

/** One cluster, of which parts are asked for. */
export class RelevantObjects {
  readonly #objects: readonly ModelObject[];
  readonly #snapshot: Snapshot;
  /** Policy -> the numbers of its peers. */
  readonly #peers = new Map<Policy, readonly number[]>();
  readonly #likeness: Likeness | undefined;

  /** The objects are those that the snapshot is made of. */
  constructor(objects: readonly ModelObject[], snapshot: Snapshot) {
    const { cluster } = snapshot;
    this.#objects = objects;
    this.#snapshot = snapshot;
    const peers: PeerMatch[] = [];
    for (const policy of cluster.policies) {
      const own = peersOf(policy);
      this.#peers.set(
        policy,
        own.map((_, at) => peers.length + at),
      );
      peers.push(...own);
    }
    // Who has an address that two claim is settled by the order of all claims.
    if (!haveCollisions(cluster)) this.#likeness = new Likeness(cluster, peers);
  }

  /**
   * The objects without policies that no pod of the node is subject to, and without pods that are to the others what an
   * earlier pod is. Classes and cells follow from what pods are like to the subjects, not from how many there are: what
   * is left of the ruleset is the same. The pods in `ends` stay, and so do those that name no node.
   */
  ofNode(node: string, ends: ReadonlySet<Pod>): readonly ModelObject[] {
    const isLocal = (pod: Pod): boolean => pod.node === undefined || pod.node === node;
    const policies = this.#relevantPolicies(isLocal);
    const likeness = this.#likeness;
    if (!likeness) return this.#objects.filter((object) => !isPolicy(object) || policies.has(object));
    const textOf = likeness.tellerFor(
      new Set([...policies].flatMap((policy) => this.#peers.get(policy) ?? [])),
    );
    const known = new Set<string>();
    const met = new Set<object>();
    let at = 0;
    return this.#objects.filter((object) => {
      if (object.kind !== 'Pod') return !isPolicy(object) || policies.has(object);
      const kind = likeness.kinds[at++];
      if (!kind) return true;
      if (!met.has(kind)) {
        met.add(kind);
        const before = known.size;
        if (known.add(textOf(kind)).size > before) return true;
      }
      return isLocal(object) || ends.has(object);
    });
  }

  #relevantPolicies(isLocal: (pod: Pod) => boolean): ReadonlySet<Policy> {
    const { pods, policies } = this.#snapshot.cluster;
    const local = pods.filter((pod) => isPolicyPod(pod) && isLocal(pod));
    const byNamespace = Map.groupBy(local, ({ namespace }) => namespace);
    const relevant = new Set<Policy>();
    for (const policy of policies) {
      const { subject } = policy;
      const part = subject.namespaces;
      const candidates = 'name' in part ? (byNamespace.get(part.name) ?? []) : local;
      if (candidates.some((pod) => this.#snapshot.picks(subject, pod))) relevant.add(policy);
      // Nodes that any policy asks about are known addresses on every node.
      else if (peersOf(policy).some(({ kind }) => kind === 'nodes')) relevant.add(policy);
    }
    // Unknown addresses are waited for as soon as there is any policy.
    const [first] = policies;
    if (first) relevant.add(first);
    return relevant;
  }
}

function peersOf({ rules: { ingress, egress } }: Policy): readonly PeerMatch[] {
  return [...ingress, ...egress].flatMap(({ peers }) => (peers === 'any' ? [] : peers));
}

function haveCollisions({ pods, nodes, podsByAddress }: Cluster): boolean {
  const claims = pods.reduce((sum, pod) => sum + (isPolicyPod(pod) ? pod.addresses.length : 0), 0);
  return (
    claims > podsByAddress.size ||
    nodes.some(({ addresses }) => addresses.some((address) => podsByAddress.has(address)))
  );
}
