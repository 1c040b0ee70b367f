/** What a change of the input changes in the ruleset of a node. */
import { placePods } from '../../cluster/place-pods.ts';
import { compile, succeed } from '../../compiler/compile.ts';
import type { CompileOptions } from '../../compiler/options.ts';
import type { ModelObject } from '../../model/types.ts';
import { diffRulesets, elementChanges, type Transaction } from '../../ruleset/diff.ts';
import { elementKey, type Ruleset } from '../../ruleset/ir.ts';
import { ALL_SHAPES } from '../../ruleset/shapes.ts';

export interface RulesetChange {
  readonly node: string;
  /** What the kernel would be told. */
  readonly transaction: Transaction;
  /** Elements that are new or have another value, and that are gone or had another one. */
  readonly added: number;
  readonly removed: number;
  /** Elements of which only the comment differs: another rule says the same. */
  readonly comments: number;
}

/** From the ruleset of one input to that of another, for the node that the options name. */
export function rulesetChange(
  before: readonly ModelObject[],
  after: readonly ModelObject[],
  options: CompileOptions,
): RulesetChange {
  const { node } = options;
  const old = compile(placePods(before, node), options).ruleset;
  const now = succeed(old, compile(placePods(after, node), options).ruleset, options);
  return { node, transaction: diffRulesets(old, now), ...countElements(old, now) };
}

function countElements(
  before: Ruleset,
  after: Ruleset,
): Pick<RulesetChange, 'added' | 'removed' | 'comments'> {
  const total = { added: 0, removed: 0, comments: 0 };
  for (const shape of ALL_SHAPES) {
    const [old, now] = [before, after].map(({ sets }) => sets.get(shape.name)?.elements ?? new Map());
    const changes = elementChanges(shape, old ?? new Map(), now ?? new Map());
    if (!changes) continue;
    const values = new Map(changes.removed.map(({ key, value }) => [elementKey(key), value]));
    const comments = changes.added.filter(({ key, value }) => {
      const id = elementKey(key);
      return values.has(id) && values.get(id) === value;
    }).length;
    total.comments += comments;
    total.added += changes.added.length - comments;
    total.removed += changes.removed.length - comments;
  }
  return total;
}
