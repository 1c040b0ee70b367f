import { type Chain, diffRulesets, type ListedTable, type Ruleset } from '@kncompile/compiler';
import type { ChainListings } from './chain-listings.ts';
import { SOME_HOOK } from './found-table.ts';

/** How the kernel's table differs from the intent. */
export interface Comparison {
  /** Elements, sets and chains that are not as intended. */
  readonly parts: number;
  /** Chains whose rules may be right: nothing is known of how nft lists them. */
  readonly unlearnt: readonly string[];
  /** The kernel's ruleset as far as it is known; chains that are not as intended have no rules in it. */
  readonly held: Ruleset;
}

export function compareTable(table: ListedTable, intent: Ruleset, listings: ChainListings): Comparison {
  const wanted = new Map(intent.chains.map((chain) => [chain.name, chain]));
  const unlearnt: string[] = [];
  const chains = table.chains.map(({ name, isBase, rules }): Chain => {
    const chain = wanted.get(name);
    const strange: Chain = { name, hook: isBase ? SOME_HOOK : undefined, rules: [] };
    if (!chain || isBase !== (chain.hook !== undefined)) return strange;
    if ((JSON.parse(rules) as readonly unknown[]).length !== chain.rules.length) return strange;
    const known = listings.isListedAs(chain, intent.generation, rules);
    if (known === undefined) unlearnt.push(name);
    return known === false ? strange : chain;
  });
  const held = { generation: intent.generation, sets: table.sets, chains };
  const {
    elements,
    newSets,
    oldSets,
    chains: damaged,
    oldChains,
    emptiedChains,
  } = diffRulesets(held, intent);
  const changed = elements.reduce(
    (sum, { removed, added }) => sum + Math.max(removed.length, added.length),
    0,
  );
  return {
    parts:
      changed + newSets.length + oldSets.length + damaged.length + oldChains.length + emptiedChains.length,
    unlearnt,
    held,
  };
}
