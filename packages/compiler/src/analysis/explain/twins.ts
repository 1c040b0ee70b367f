/** Which pods a ruleset can do without, when only a few of its elements are asked for. */
import { type BlockCell, BlockPartition } from '../../cluster/block-partition.ts';
import { type Cluster, isPolicyPod } from '../../cluster/cluster.ts';
import type { BlockMatch, ModelObject, NamedPort, Pod } from '../../model/types.ts';
import { type Address, addressValue, type Family, familyOf, parseAddress } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

/**
 * The objects without pods that are to every policy what an earlier pod is: the classes and cells of a ruleset follow
 * from what pods are like, not from how many there are, so what is left of it is the same. Pods that `stays` holds for are
 * kept, and so is every pod where two have one address.
 */
export function withoutTwins(
  objects: readonly ModelObject[],
  cluster: Cluster,
  stays: (pod: Pod) => boolean,
): readonly ModelObject[] {
  const cells = new Cells(cluster);
  const kinds = new Map<Pod['labels'], Map<readonly NamedPort[], Set<string>>>();
  const isKnown = (pod: Pod): boolean => {
    const byPorts = getOrMake(kinds, pod.labels, () => new Map());
    const known = getOrMake(byPorts, pod.ports, () => new Set<string>());
    const key = [pod.namespace, ...pod.addresses.map((address) => cells.idOf(address))].join(' ');
    if (known.has(key)) return true;
    known.add(key);
    return false;
  };
  const claims = new Set<Address>(cluster.nodes.flatMap(({ addresses }) => addresses));
  for (const pod of cluster.pods) {
    if (!isPolicyPod(pod)) continue;
    for (const address of pod.addresses) {
      if (claims.has(address)) return objects;
      claims.add(address);
    }
  }
  return objects.filter(
    (object) => object.kind !== 'Pod' || !isPolicyPod(object) || !isKnown(object) || stays(object),
  );
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
