/** Which pods of a cluster are alike to its policies. */
import { type BlockCell, BlockPartition } from '../../cluster/block-partition.ts';
import { type Cluster, isPolicyPod, namespaceLabels } from '../../cluster/cluster.ts';
import { selects } from '../../model/selectors.ts';
import type { BlockMatch, Labels, NamedPort, PeerMatch, Pod, PodMatch } from '../../model/types.ts';
import { type Address, addressValue, type Family, familyOf, parseAddress } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

/** Pods that differ only in what no policy can ask for. */
export interface PodKind {
  readonly template: Template;
  /** Where its addresses lie among the blocks of the policies. */
  readonly cells: readonly Cell[];
}

interface Template {
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly NamedPort[];
}

/** Addresses of one family that lie in the same blocks. */
interface Cell {
  readonly family: Family;
  /** The numbers of the peers whose blocks hold it, ascending. */
  readonly facts: readonly number[];
}

/** The kinds of a cluster's pods, and what the peers of its policies, by their numbers, say to them. */
export class Likeness {
  /** By the places of the pods in the cluster; undefined for what is no pod to policies (S42, S44). */
  readonly kinds: readonly (PodKind | undefined)[];
  readonly #cluster: Cluster;
  readonly #peers: readonly PeerMatch[];

  constructor(cluster: Cluster, peers: readonly PeerMatch[]) {
    this.#cluster = cluster;
    this.#peers = peers;
    const cells = new Cells(peers);
    const tree = newBranch();
    this.kinds = cluster.pods.map((pod) => (isPolicyPod(pod) ? kindOf(pod, cells, tree) : undefined));
  }

  /** Tells kinds apart as these peers do: the same text for kinds that are alike to all of them. */
  tellerFor(peers: ReadonlySet<number>): (kind: PodKind) => string {
    const matches: NumberedMatch[] = [];
    for (const number of peers) {
      const match = this.#peers[number];
      if (match?.kind === 'pods') matches.push({ match, number });
    }
    const inNamespace = new Map<string, readonly NumberedMatch[]>();
    const matchesIn = (namespace: string): readonly NumberedMatch[] => {
      const labels = namespaceLabels(this.#cluster, namespace);
      return matches.filter(({ match: { namespaces: part } }) =>
        'name' in part ? part.name === namespace : selects(part.selector, labels),
      );
    };
    const portLists = new Map<readonly NamedPort[], number>();
    const ofTemplate = ({ namespace, labels, ports }: Template): string => {
      const asked = getOrMake(inNamespace, namespace, () => matchesIn(namespace));
      let text = `${getOrMake(portLists, ports, () => portLists.size)}`;
      for (const { match, number } of asked) if (selects(match.pods, labels)) text += ` ${number}`;
      return text;
    };
    const ofCell = ({ family, facts }: Cell): string =>
      `/${family}:${facts.filter((fact) => peers.has(fact)).join(' ')}`;
    const templates = new Map<Template, string>();
    const texts = new Map<Cell, string>();
    return ({ template, cells }) => {
      let text = getOrMake(templates, template, () => ofTemplate(template));
      for (const cell of cells) text += getOrMake(texts, cell, () => ofCell(cell));
      return text;
    };
  }
}

interface NumberedMatch {
  readonly match: PodMatch;
  readonly number: number;
}

/** Kinds by all that makes them: one step for each. */
interface Branch {
  readonly next: Map<unknown, Branch>;
  template: Template | undefined;
  kind: PodKind | undefined;
}

function kindOf({ namespace, labels, ports, addresses }: Pod, cells: Cells, tree: Branch): PodKind {
  let branch = step(step(step(tree, labels), namespace), ports);
  branch.template ??= { namespace, labels, ports };
  const { template } = branch;
  for (const address of addresses) branch = step(branch, cells.of(address));
  branch.kind ??= { template, cells: addresses.map((address) => cells.of(address)) };
  return branch.kind;
}

function step({ next }: Branch, key: unknown): Branch {
  return getOrMake(next, key, newBranch);
}

function newBranch(): Branch {
  return { next: new Map(), template: undefined, kind: undefined };
}

/** Tells addresses apart that lie in different blocks. */
class Cells {
  readonly #partitions: Readonly<Record<Family, BlockPartition>>;
  readonly #cells = new Map<BlockCell, Cell>();
  /** Text of an address without its last group -> the cell, where it holds all addresses that begin so. */
  readonly #byPrefix = new Map<string, Cell | null>();

  constructor(peers: readonly PeerMatch[]) {
    const blocks = new Map<number, BlockMatch>();
    for (const [number, peer] of peers.entries()) if (peer.kind === 'block') blocks.set(number, peer);
    this.#partitions = { 4: new BlockPartition(4, blocks), 6: new BlockPartition(6, blocks) };
  }

  of(address: Address): Cell {
    const family = familyOf(address);
    const { cells } = this.#partitions[family];
    if (cells.length === 1) return this.#cell(family, cells[0] as BlockCell);
    // A quad at the end of an IPv6 address is more than its last group.
    if (family === 6 && address.includes('.')) return this.#at(address);
    // Neighbours are told apart by their last group: most lie in one cell, and nobody needs their numbers.
    const end = address.lastIndexOf(family === 4 ? '.' : ':') + 1;
    const prefix = address.slice(0, end);
    let common = this.#byPrefix.get(prefix);
    if (common === undefined) {
      common = this.#common(prefix, family === 4 ? '255' : 'ffff');
      this.#byPrefix.set(prefix, common);
    }
    return common ?? this.#at(address);
  }

  /** The cell of all addresses with a prefix; null where there are several, or no address has it. */
  #common(prefix: string, last: string): Cell | null {
    const [a, b] = [`${prefix}0`, `${prefix}${last}`].map((text) => {
      const end = parseAddress(text);
      return end && this.#at(end);
    });
    return a && a === b ? a : null;
  }

  #at(address: Address): Cell {
    const family = familyOf(address);
    return this.#cell(family, this.#partitions[family].cellOf(addressValue(address)));
  }

  #cell(family: Family, cell: BlockCell): Cell {
    return getOrMake(this.#cells, cell, () => ({ family, facts: cell.facts }));
  }
}
