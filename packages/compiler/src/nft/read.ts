/** What the kernel holds, read back from `nft -j -p list table`. */
import { type Element, elementKey, type RulesetSet, type SetShape } from '../ruleset/ir.ts';
import { ALL_SHAPES } from '../ruleset/shapes.ts';
import { isObject, readElement, UnknownListing } from './read-elements.ts';

/** A chain as listed. Rules are known only by how this nft lists them: it prints some back differently from our text. */
export interface ListedChain {
  readonly name: string;
  readonly isBase: boolean;
  readonly rules: string;
}

export interface ListedTable {
  readonly sets: ReadonlyMap<string, RulesetSet>;
  /** Without base chains that have no rules. */
  readonly chains: readonly ListedChain[];
  /** The value that the chain `gate` compares the conntrack mark with; undefined where it does not. */
  readonly stamp: number | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the listing of our table.
 * @throws UnknownListing when the table holds what no ruleset of this version does.
 */
export function readTable(listing: string): ListedTable {
  const { nftables } = JSON.parse(listing) as { readonly nftables: readonly Json[] };
  const each = (kind: string): Json[] =>
    nftables.flatMap((item) => (isObject(item[kind]) ? [item[kind]] : []));
  const rules = each('rule');
  return {
    sets: new Map([...each('set'), ...each('map')].map(readSet)),
    chains: each('chain').flatMap((chain) => {
      const own = rules.filter((rule) => rule['chain'] === chain['name']).map(withoutCounts);
      const isBase = 'hook' in chain;
      // One that an earlier ruleset needed, and that could not be deleted.
      if (isBase && own.length === 0) return [];
      return [{ name: String(chain['name']), isBase, rules: JSON.stringify(own) }];
    }),
    stamp: rules
      .filter((rule) => rule['chain'] === 'gate')
      .map(stampOf)
      .find((stamp) => stamp !== undefined),
  };
}

function readSet(set: Json): [string, RulesetSet] {
  const name = String(set['name']);
  const shape = ALL_SHAPES.find((known) => known.name === name);
  if (!shape) throw new UnknownListing(`set ${name}`);
  const items = Array.isArray(set['elem']) ? set['elem'] : [];
  return [name, { shape, elements: new Map(items.map((item) => entryOf(shape, item))) }];
}

function entryOf(shape: SetShape, item: unknown): [string, Element] {
  const { key, value, comment } = readElement(shape, item);
  return [elementKey(key), { key, value, reason: comment }];
}

/** The expressions of a rule, without what traffic changes. */
function withoutCounts(rule: Json): unknown {
  const expressions = Array.isArray(rule['expr']) ? rule['expr'] : [];
  return expressions.map((expression) =>
    isObject(expression) && 'counter' in expression ? 'counter' : expression,
  );
}

/** nft lists a mask of leading ones as a prefix, any other as an operation. */
function stampOf(rule: Json): number | undefined {
  for (const expression of Array.isArray(rule['expr']) ? rule['expr'] : []) {
    const match = isObject(expression) ? expression['match'] : undefined;
    if (!isObject(match) || !JSON.stringify(match['left']).includes('"mark"')) continue;
    const { right } = match;
    if (typeof right === 'number') return right;
    if (isObject(right) && isObject(right['prefix'])) return Number(right['prefix']['addr']);
  }
  return undefined;
}
