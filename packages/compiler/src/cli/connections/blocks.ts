import type { Allowed } from '../../analysis/connectivity/allowed.ts';
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End } from '../../analysis/connectivity/ends.ts';
import { getOrMake } from '../../values/collections.ts';

/** What a row is made of: `head` of its source, then `tail` of its destination and what is allowed. */
export interface RowParts {
  head(source: End): string;
  tail(destination: End, allowed: Allowed): string;
}

/** The rows of one source. */
export interface Block {
  readonly head: string;
  readonly tails: string[];
}

/**
 * Rows by their source. In a million of them most heads and tails are the same ones over and over: each is made once, and
 * what puts them together is native code (`textOf`).
 */
export function blocksOf(connections: readonly Connection[], parts: RowParts): readonly Block[] {
  const blocks = new Map<End, Block>();
  const tails = new Map<End, Map<Allowed, string>>();
  for (const { source, destination, allowed } of connections) {
    const block = getOrMake(blocks, source, () => ({ head: parts.head(source), tails: [] }));
    const known = getOrMake(tails, destination, () => new Map<Allowed, string>());
    block.tails.push(getOrMake(known, allowed, () => parts.tail(destination, allowed)));
  }
  return [...blocks.values()];
}

/** All rows of all blocks, with `between` between any two. */
export function textOf(blocks: readonly Block[], between: string): string {
  return blocks.map(({ head, tails }) => head + tails.join(between + head)).join(between);
}
