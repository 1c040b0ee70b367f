import { selectorKey, selects } from '../model/selectors.ts';
import type { BlockMatch, DomainMatch, Labels, Node, NodeMatch, PeerMatch } from '../model/types.ts';
import { type Address, type Family, familyOf } from '../values/address.ts';
import { formatCidr } from '../values/cidr.ts';
import { domainHolds } from '../values/domain.ts';
import { BlockPartition } from './block-partition.ts';
import { PodIndex } from './pod-index.ts';

/**
 * Something that holds for a peer or not: that a PodMatch picks it, that it lies in a block, that it is an address of
 * picked nodes, that it answers to a DNS name. Equal matches of different rules are one fact. Numbers are never reused.
 */
export type FactId = number;

/** All facts that the policies ask about, and which of them hold for a pod or an address. */
export class FactTable {
  readonly #known = new Map<string, { readonly id: FactId; readonly match: PeerMatch; uses: number }>();
  readonly #byId = new Map<FactId, string>();
  readonly #pods = new PodIndex<FactId>();
  readonly #blocks = new Map<FactId, BlockMatch>();
  readonly #nodes = new Map<FactId, NodeMatch>();
  readonly #domains = new Map<FactId, DomainMatch>();
  #partitions: Record<Family, BlockPartition> | undefined;
  #nextId: FactId = 1;

  /** The fact behind a match, with one use more. `added` tells whether it is new. */
  acquire(match: PeerMatch): { readonly id: FactId; readonly added: boolean } {
    const key = matchKey(match);
    const known = this.#known.get(key);
    if (known) {
      known.uses++;
      return { id: known.id, added: false };
    }
    const id = this.#nextId++;
    this.#known.set(key, { id, match, uses: 1 });
    this.#byId.set(id, key);
    if (match.kind === 'pods') this.#pods.add(match, id);
    else if (match.kind === 'nodes') this.#nodes.set(id, match);
    else if (match.kind === 'domain') this.#domains.set(id, match);
    else {
      this.#blocks.set(id, match);
      this.#partitions = undefined;
    }
    return { id, added: true };
  }

  /** Takes one use back; returns the match when that was the last one, and the fact is gone. */
  release(id: FactId): PeerMatch | undefined {
    const key = this.#byId.get(id);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (key === undefined || !known || --known.uses > 0) return undefined;
    this.#known.delete(key);
    this.#byId.delete(id);
    if (known.match.kind === 'pods') this.#pods.remove(known.match, id);
    else if (known.match.kind === 'nodes') this.#nodes.delete(id);
    else if (known.match.kind === 'domain') this.#domains.delete(id);
    else {
      this.#blocks.delete(id);
      this.#partitions = undefined;
    }
    return known.match;
  }

  /** Facts of a pod by its labels and namespace, in no particular order. */
  ofPod(namespace: string, namespaceLabels: Labels, labels: Labels): FactId[] {
    return this.#pods.match(namespace, namespaceLabels, labels);
  }

  /** Forgets what was worked out for a namespace that has no pods any more. */
  forgetNamespace(namespace: string): void {
    this.#pods.forgetNamespace(namespace);
  }

  /** Facts of an address by the blocks that hold it, ascending (S22: pod addresses included). */
  ofBlocks(address: Address): readonly FactId[] {
    return this.#blocks.size === 0 ? [] : this.partition(familyOf(address)).factsOf(address);
  }

  /** Facts of the address of a node (S31). */
  ofNode(node: Node): FactId[] {
    const facts: FactId[] = [];
    for (const [id, match] of this.#nodes) if (selects(match.selector, node.labels)) facts.push(id);
    return facts;
  }

  /** The DNS names that policies ask for, as they write them. */
  domains(): string[] {
    return [...this.#domains.values()].map(({ name }) => name);
  }

  /** Facts of an address that answers to a DNS name (S37). */
  ofName(name: string): FactId[] {
    const facts: FactId[] = [];
    for (const [id, match] of this.#domains) if (domainHolds(match.name, name)) facts.push(id);
    return facts;
  }

  /** Facts of addresses that no block with a longer prefix than 0 holds: the world outside. */
  ofTheRest(family: Family): FactId[] {
    const facts: FactId[] = [];
    for (const [id, { cidr }] of this.#blocks)
      if (cidr.family === family && cidr.prefix === 0) facts.push(id);
    return facts;
  }

  partition(family: Family): BlockPartition {
    this.#partitions ??= { 4: new BlockPartition(4, this.#blocks), 6: new BlockPartition(6, this.#blocks) };
    return this.#partitions[family];
  }
}

/** Equal for matches that say the same. */
function matchKey(match: PeerMatch): string {
  switch (match.kind) {
    case 'pods': {
      const part = match.namespaces;
      const namespaces = 'name' in part ? ['name', part.name] : ['selector', selectorKey(part.selector)];
      return JSON.stringify(['pods', ...namespaces, selectorKey(match.pods)]);
    }
    case 'block':
      return JSON.stringify(['block', formatCidr(match.cidr), ...match.except.map(formatCidr).sort()]);
    case 'nodes':
      return JSON.stringify(['nodes', selectorKey(match.selector)]);
    case 'domain':
      return JSON.stringify(['domain', match.name]);
  }
}
