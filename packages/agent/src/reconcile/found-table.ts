import { randomInt } from 'node:crypto';
import {
  EMPTY_RULESET,
  type ListedTable,
  lastGeneration,
  type Ruleset,
  readTable,
  UnknownListing,
} from '@kncompile/compiler';

/** What the kernel holds under the name of our table. */
export type FoundTable =
  | { readonly kind: 'none' }
  | { readonly kind: 'ours'; readonly table: ListedTable }
  /** No ruleset of this version looks so. */
  | { readonly kind: 'unknown' };

/** Reads `nft -j -p list table`; undefined stands for no table. */
export function readFound(listing: string | undefined): FoundTable {
  if (listing === undefined) return { kind: 'none' };
  try {
    return { kind: 'ours', table: readTable(listing) };
  } catch (error) {
    if (error instanceof UnknownListing) return { kind: 'unknown' };
    throw error;
  }
}

/**
 * The ruleset that a first commit leads from. Nobody knows what another process put into the chains: they are listed
 * without rules, so that all are filled anew. Where the kernel does not tell the generation it starts at random:
 * connections may still bear the stamps of a table that is gone, and few of them bear the same one.
 */
export function predecessorOf(found: FoundTable, markMask: number): Ruleset {
  const last = lastGeneration(markMask);
  if (found.kind !== 'ours') return { ...EMPTY_RULESET, generation: randomInt(1, last + 1) };
  const { sets, chains, stamp = 0 } = found.table;
  const generation = stamp / ((markMask & -markMask) >>> 0);
  return {
    generation:
      Number.isInteger(generation) && generation >= 1 && generation <= last
        ? generation
        : randomInt(1, last + 1),
    sets,
    chains: chains.map(({ name, isBase }) => ({ name, hook: isBase ? SOME_HOOK : undefined, rules: [] })),
  };
}

/** That a chain is a base chain is all that a difference of rulesets looks at. */
export const SOME_HOOK = Object.freeze({ hook: 'forward', priority: 0 } as const);

/** What nft takes for a name without quotes. */
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,120}$/;

/**
 * Commands that take away what a listing shows of our table, all but base chains, which lose their rules and accept: to
 * delete one would drop the packets that wait in queues. To be carried out together with what fills the table.
 */
export function clearingText(listing: string): string {
  const { nftables } = JSON.parse(listing) as {
    readonly nftables: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[];
  };
  const commands = (
    kind: string,
    command: (name: string, item: Readonly<Record<string, unknown>>) => string,
  ) =>
    nftables.flatMap((each) => {
      const item = each[kind];
      const name = String(item?.['name']);
      return item && NAME.test(name) ? [command(name, item)] : [];
    });
  const lines = [
    'add table inet kncompile',
    'flush table inet kncompile',
    ...commands('set', (name) => `delete set inet kncompile ${name}`),
    ...commands('map', (name) => `delete map inet kncompile ${name}`),
    ...commands('chain', (name, item) =>
      'hook' in item
        ? `add chain inet kncompile ${name} { policy accept; }`
        : `delete chain inet kncompile ${name}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
