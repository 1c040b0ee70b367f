/** What of a cluster a node's ruleset follows from, when only a few of its elements are asked for. */
import { BlockPartition } from '../../cluster/block-partition.ts';
import { type Cluster, isPolicyPod, namespaceLabels } from '../../cluster/cluster.ts';
import type { Snapshot } from '../../decision/snapshot.ts';
import { selects } from '../../model/selectors.ts';
import type {
  BlockMatch,
  Labels,
  ModelObject,
  NamedPort,
  PeerMatch,
  Pod,
  PodMatch,
  Policy,
} from '../../model/types.ts';
import { isPolicy } from '../../objects/parse.ts';
import { type Address, addressValue, type Family, familyOf, parseAddress } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

/**
 * The objects without policies that no pod of the node is subject to, and without pods that are to the others what an
 * earlier pod is. Classes and cells follow from what pods are like to the subjects, not from how many there are: what is
 * left of the ruleset is the same. Pods that `stays` holds for are kept.
 */
export function relevantObjects(
  objects: readonly ModelObject[],
  snapshot: Snapshot,
  isLocal: (pod: Pod) => boolean,
  stays: (pod: Pod) => boolean,
): readonly ModelObject[] {
  const { cluster } = snapshot;
  const policies = relevantPolicies(cluster, snapshot, isLocal);
  const rest = objects.filter((object) => !isPolicy(object) || policies.has(object));
  // Who has an address that two claim is settled by the order of all claims.
  if (haveCollisions(cluster)) return rest;
  const likes = new Likeness(cluster, [...policies].flatMap(peersOf));
  return rest.filter(
    (object) =>
      object.kind !== 'Pod' ||
      !isPolicyPod(object) ||
      likes.isFirst(object) ||
      isLocal(object) ||
      stays(object),
  );
}

function relevantPolicies(
  { pods, policies }: Cluster,
  snapshot: Snapshot,
  isLocal: (pod: Pod) => boolean,
): ReadonlySet<Policy> {
  const relevant = new Set<Policy>();
  for (const pod of pods)
    if (isPolicyPod(pod) && isLocal(pod))
      for (const { policy } of snapshot.policiesOf(pod)) relevant.add(policy);
  // Nodes that any policy asks about are known addresses on every node.
  for (const policy of policies)
    if (peersOf(policy).some(({ kind }) => kind === 'nodes')) relevant.add(policy);
  // Unknown addresses are waited for as soon as there is any policy.
  const [first] = policies;
  if (first) relevant.add(first);
  return relevant;
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

interface NumberedMatch {
  readonly match: PodMatch;
  readonly number: number;
}

/** Tells pods apart by what these peers ask about them. */
class Likeness {
  readonly #cluster: Cluster;
  readonly #cells: Cells;
  readonly #matches: readonly NumberedMatch[];
  readonly #inNamespace = new Map<string, readonly NumberedMatch[]>();
  readonly #traits = new Map<Labels, Map<string, string>>();
  readonly #known = new Map<readonly NamedPort[], Set<string>>();

  constructor(cluster: Cluster, peers: readonly PeerMatch[]) {
    this.#cluster = cluster;
    this.#cells = new Cells(peers.filter((peer) => peer.kind === 'block'));
    this.#matches = peers.flatMap((match, number) => (match.kind === 'pods' ? [{ match, number }] : []));
  }

  /** Whether no pod like this one was asked about before. */
  isFirst({ namespace, labels, ports, addresses }: Pod): boolean {
    const known = getOrMake(this.#known, ports, () => new Set());
    const cells = addresses.map((address) => this.#cells.idOf(address)).join(' ');
    const before = known.size;
    return known.add(`${cells} ${this.#traitsOf(namespace, labels)}`).size > before;
  }

  /** The peers that pick such pods, by their numbers. */
  #traitsOf(namespace: string, labels: Labels): string {
    const byNamespace = getOrMake(this.#traits, labels, () => new Map<string, string>());
    return getOrMake(byNamespace, namespace, () => {
      const asked = getOrMake(this.#inNamespace, namespace, () => this.#matchesIn(namespace));
      return asked.flatMap(({ match, number }) => (selects(match.pods, labels) ? [number] : [])).join();
    });
  }

  #matchesIn(namespace: string): readonly NumberedMatch[] {
    const labels = namespaceLabels(this.#cluster, namespace);
    return this.#matches.filter(({ match: { namespaces: part } }) =>
      'name' in part ? part.name === namespace : selects(part.selector, labels),
    );
  }
}

/** Tells addresses apart that lie in different blocks. */
class Cells {
  readonly #partitions: Readonly<Record<Family, BlockPartition>>;
  readonly #ids = new Map<object, string>();
  /** Text of an address without its last group -> the cell, where it holds all addresses that begin so. */
  readonly #byPrefix = new Map<string, string | undefined>();

  constructor(blocks: readonly BlockMatch[]) {
    const numbered = new Map(blocks.entries());
    this.#partitions = { 4: new BlockPartition(4, numbered), 6: new BlockPartition(6, numbered) };
  }

  idOf(address: Address): string {
    const family = familyOf(address);
    // A quad at the end of an IPv6 address is more than its last group.
    if (family === 6 && address.includes('.')) return this.#cellAt(address);
    // Neighbours are told apart by their last group: most lie in one cell, and nobody needs their numbers.
    const end = address.lastIndexOf(family === 4 ? '.' : ':') + 1;
    const prefix = address.slice(0, end);
    const last = family === 4 ? '255' : 'ffff';
    const common = getOrMake(this.#byPrefix, prefix, () => {
      const ends = [`${prefix}0`, `${prefix}${last}`].map((text) => parseAddress(text));
      const [a, b] = ends.map((one) => one && this.#cellAt(one));
      return a && a === b ? a : undefined;
    });
    return common ?? this.#cellAt(address);
  }

  #cellAt(address: Address): string {
    const cell = this.#partitions[familyOf(address)].cellOf(addressValue(address));
    return getOrMake(this.#ids, cell, () => `${familyOf(address)}.${this.#ids.size}`);
  }
}
