import type { BlockMatch } from '../model/types.ts';
import { type Address, addressValue, type Family, familyBits } from '../values/address.ts';
import type { Cidr } from '../values/cidr.ts';
import { getOrMake } from '../values/collections.ts';

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
  const inside = block.except.filter((hole) => hole.family === block.cidr.family);
  return inside.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
}

/** Cuts one family's address space at the borders of all blocks: within a cell every block holds all or nothing. */
export class BlockPartition {
  readonly cells: readonly BlockCell[];

  constructor(family: Family, blocks: ReadonlyMap<number, BlockMatch>) {
    const end = 1n << BigInt(familyBits(family));
    const opens = new Map<bigint, number[]>();
    const closes = new Map<bigint, number[]>();
    for (const [fact, block] of blocks) {
      if (block.cidr.family !== family) continue;
      for (const range of blockRanges(block)) {
        getOrMake(opens, range.first, () => []).push(fact);
        getOrMake(closes, range.last + 1n, () => []).push(fact);
      }
    }
    const borders = [...new Set([0n, ...opens.keys(), ...closes.keys()])].filter((border) => border < end);
    borders.sort((a, b) => (a < b ? -1 : 1));
    const active = new Set<number>();
    this.cells = borders.map((first, i) => {
      for (const fact of closes.get(first) ?? []) active.delete(fact);
      for (const fact of opens.get(first) ?? []) active.add(fact);
      const facts = Object.freeze([...active].sort((a, b) => a - b));
      return { first, last: (borders[i + 1] ?? end) - 1n, facts };
    });
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
