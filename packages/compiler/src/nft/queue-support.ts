import type { Chain, ChainRule, Ruleset, Statement } from '../ruleset/ir.ts';
import { runNft } from './run.ts';
import { TABLE } from './words.ts';

/**
 * Whether this kernel has nft's `queue` statement (CONFIG_NFT_QUEUE): some are built without.
 * @throws NftUnavailable as `runNft`.
 */
export async function hasQueueStatement(): Promise<boolean> {
  const probe = `add table ${TABLE}\nadd chain ${TABLE} queue_probe\nadd rule ${TABLE} queue_probe queue to 0\n`;
  return (await runNft(['-c', '-f', '-'], probe)).ok;
}

export function usesQueue(ruleset: Ruleset): boolean {
  return ruleset.chains.some(({ rules }) => rules.some((rule) => rule.statements.some(isQueue)));
}

/** The same ruleset with what a queue does that nobody listens to: drop, or accept where it has `bypass`. */
export function withoutQueue(ruleset: Ruleset): Ruleset {
  const statement = (each: Statement): Statement =>
    each.kind === 'queue' ? { kind: each.bypass ? 'accept' : 'drop' } : each;
  const rule = (each: ChainRule): ChainRule => ({ ...each, statements: each.statements.map(statement) });
  const chain = (each: Chain): Chain => ({ ...each, rules: each.rules.map(rule) });
  return Object.freeze({ ...ruleset, chains: ruleset.chains.map(chain) });
}

function isQueue({ kind }: Statement): boolean {
  return kind === 'queue';
}
