import type { BlockMatch } from '../model/types.ts';
import { type Address, addressValue, type Family, familyBits } from '../values/address.ts';
import type { Cidr } from '../values/cidr.ts';

/** A range of addresses, both ends included. */
export interface AddressRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Addresses of one family that lie in the same blocks, as one range of the partition. */
export interface BlockCell extends AddressRange {
  /** The facts of the blocks that hold the range, ascending. */
  readonly facts: readonly number[];
}

/** The addresses of `cidr` outside every `except` (S22), as ascending ranges. */
export function blockRanges(block: BlockMatch): AddressRange[] {
  const ranges: AddressRange[] = [];
  let next = block.cidr.first;
  for (const hole of sortedHoles(block)) {
    if (hole.first > next) ranges.push({ first: next, last: hole.first - 1n });
    if (hole.last >= next) next = hole.last + 1n;
  }
  if (next <= block.cidr.last) ranges.push({ first: next, last: block.cidr.last });
  return ranges;
}

function sortedHoles(block: BlockMatch): Cidr[] {
  const { family, first, last } = block.cidr;
  const inside = block.except.filter(
    (hole) => hole.family === family && hole.first <= last && hole.last >= first,
  );
  return inside.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
}

/** Cuts one family's address space at the borders of all blocks: within a cell every block holds all or nothing. */
export class BlockPartition {
  readonly cells: readonly BlockCell[];

  constructor(family: Family, blocks: ReadonlyMap<number, BlockMatch>) {
    const last = (1n << BigInt(familyBits(family))) - 1n;
    const active = new Set<number>();
    const cells: { first: bigint; last: bigint; facts: readonly number[] }[] = [];
    let first = 0n;
    const close = (border: bigint): void => {
      if (border > first) cells.push({ first, last: border - 1n, facts: ascending(active) });
      first = border;
    };
    for (const { at, fact, opens } of edgesOf(family, blocks)) {
      close(at);
      if (opens) active.add(fact);
      else active.delete(fact);
    }
    close(last + 1n);
    this.cells = cells;
  }

  /** The facts of the blocks that hold the address. */
  factsOf(address: Address): readonly number[] {
    return this.cells.length === 1
      ? (this.cells[0] as BlockCell).facts
      : this.cellOf(addressValue(address)).facts;
  }

  /** The cell that holds an address. */
  cellOf(value: bigint): BlockCell {
    return rangeAt(this.cells, value) as BlockCell;
  }
}

/** The last of ascending ranges that begins at or before a value; it holds the value if there are no gaps. */
export function rangeAt<R extends AddressRange>(ranges: readonly R[], value: bigint): R | undefined {
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ranges[middle] as R).first <= value) low = middle;
    else high = middle - 1;
  }
  return ranges[low];
}

/** Whether one of ascending, disjoint ranges holds a value. */
export function isInRanges(ranges: readonly AddressRange[], value: bigint): boolean {
  const range = rangeAt(ranges, value);
  return range !== undefined && range.first <= value && value <= range.last;
}

/** The same addresses as ascending ranges with gaps between them. */
export function unionRanges(ranges: readonly AddressRange[]): AddressRange[] {
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const joined: AddressRange[] = [];
  for (const { first, last } of sorted) {
    const before = joined.at(-1);
    if (before && first <= before.last + 1n) {
      if (last > before.last) joined[joined.length - 1] = { first: before.first, last };
    } else joined.push({ first, last });
  }
  return joined;
}

/** A border at which a block's range begins, or has just ended. */
interface Edge {
  readonly at: bigint;
  readonly fact: number;
  readonly opens: boolean;
}

/**
 * Borders of all ranges, ascending. A sorted list and no map by border: V8 hashes big integers by their low 64 bits,
 * which are zero in most IPv6 prefixes.
 */
function edgesOf(family: Family, blocks: ReadonlyMap<number, BlockMatch>): Edge[] {
  const edges: Edge[] = [];
  for (const [fact, block] of blocks) {
    if (block.cidr.family !== family) continue;
    for (const { first, last } of blockRanges(block)) {
      edges.push({ at: first, fact, opens: true });
      edges.push({ at: last + 1n, fact, opens: false });
    }
  }
  return edges.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function ascending(facts: ReadonlySet<number>): readonly number[] {
  return Object.freeze([...facts].sort((a, b) => a - b));
}
