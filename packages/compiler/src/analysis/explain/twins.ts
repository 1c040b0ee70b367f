/** Which pods a ruleset can do without, when only a few of its elements are asked for. */
import { type BlockCell, BlockPartition } from '../../cluster/block-partition.ts';
import { type Cluster, isPolicyPod } from '../../cluster/cluster.ts';
import type { BlockMatch, NamedPort, Pod } from '../../model/types.ts';
import { type Address, addressValue, type Family, familyOf, parseAddress } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

const NONE: ReadonlySet<Pod> = new Set();

/**
 * The pods that are to every policy what an earlier pod is. The classes and cells of a ruleset follow from what pods are
 * like, not from how many there are: without twins what is left of it is the same. None where two pods, or a pod and
 * a node, have one address.
 */
export function twinsOf(cluster: Cluster): ReadonlySet<Pod> {
  const cells = new Cells(cluster);
  const kinds = new Map<Pod['labels'], Map<readonly NamedPort[], Set<string>>>();
  const twins = new Set<Pod>();
  const pods = cluster.pods.filter(isPolicyPod);
  const claims = pods.reduce((sum, { addresses }) => sum + addresses.length, 0);
  const isPods = (address: Address): boolean => cluster.podsByAddress.has(address);
  if (claims > cluster.podsByAddress.size || cluster.nodes.some(({ addresses }) => addresses.some(isPods))) {
    return NONE;
  }
  for (const pod of pods) {
    const byPorts = getOrMake(kinds, pod.labels, () => new Map());
    const known = getOrMake(byPorts, pod.ports, () => new Set<string>());
    const key = [pod.namespace, ...pod.addresses.map((address) => cells.idOf(address))].join(' ');
    if (known.has(key)) twins.add(pod);
    known.add(key);
  }
  return twins;
}

/** Tells addresses apart that lie in different blocks of the policies. */
class Cells {
  readonly #partitions: Readonly<Record<Family, BlockPartition>>;
  readonly #ids = new Map<BlockCell, string>();
  /** Text of an address without its last group -> the cell, where it holds all addresses that begin so. */
  readonly #byPrefix = new Map<string, string | undefined>();

  constructor({ policies }: Cluster) {
    const rules = policies.flatMap(({ rules: { ingress, egress } }) => [...ingress, ...egress]);
    const blocks = rules.flatMap(({ peers }) =>
      peers === 'any' ? [] : peers.filter((peer): peer is BlockMatch => peer.kind === 'block'),
    );
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
