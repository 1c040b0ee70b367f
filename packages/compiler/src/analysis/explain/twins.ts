/** Which pods a ruleset can do without, when only a few of its elements are asked for. */
import { type BlockCell, BlockPartition } from '../../cluster/block-partition.ts';
import { type Cluster, isPolicyPod } from '../../cluster/cluster.ts';
import type { BlockMatch, Labels, NamedPort, PeerMatch, Pod, Policy, Selector } from '../../model/types.ts';
import { type Address, addressValue, type Family, familyOf, parseAddress } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

const NONE: ReadonlySet<Pod> = new Set();

/**
 * The pods that are to every policy what an earlier pod is. The classes and cells of a ruleset follow from what pods are
 * like, not from how many there are: without twins what is left of it is the same. None where two pods, or a pod and
 * a node, have one address.
 */
export function twinsOf(cluster: Cluster): ReadonlySet<Pod> {
  const pods = cluster.pods.filter(isPolicyPod);
  const claims = pods.reduce((sum, { addresses }) => sum + addresses.length, 0);
  const isPods = (address: Address): boolean => cluster.podsByAddress.has(address);
  if (claims > cluster.podsByAddress.size || cluster.nodes.some(({ addresses }) => addresses.some(isPods))) {
    return NONE;
  }
  const peers = cluster.policies.flatMap(peersOf);
  const cells = new Cells(peers.filter((peer) => peer.kind === 'block'));
  const askedKeys = [...new Set(peers.flatMap((peer) => (peer.kind === 'pods' ? keysOf(peer.pods) : [])))];
  const traits = new Map<Labels, string>();
  const traitsOf = (labels: Labels): string =>
    getOrMake(traits, labels, () => JSON.stringify(askedKeys.map((key) => labels[key] ?? null)));
  const known = new Map<readonly NamedPort[], Set<string>>();
  return new Set(
    pods.filter(({ namespace, labels, ports, addresses }) => {
      const alike = getOrMake(known, ports, () => new Set());
      const key = `${namespace} ${addresses.map((address) => cells.idOf(address)).join(' ')} ${traitsOf(labels)}`;
      const before = alike.size;
      return alike.add(key).size === before;
    }),
  );
}

function peersOf({ rules: { ingress, egress } }: Policy): readonly PeerMatch[] {
  return [...ingress, ...egress].flatMap(({ peers }) => (peers === 'any' ? [] : peers));
}

function keysOf(selector: Selector): readonly string[] {
  return selector.map(({ key }) => key);
}

/** Tells addresses apart that lie in different blocks of the policies. */
class Cells {
  readonly #partitions: Readonly<Record<Family, BlockPartition>>;
  readonly #ids = new Map<BlockCell, string>();
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
