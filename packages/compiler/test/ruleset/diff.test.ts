/** Transactions: what they hold, and what is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  applyTransaction,
  diffRulesets,
  EMPTY_RULESET,
  isEmpty,
  type Transaction,
} from '../../src/ruleset/diff.ts';
import { type Chain, type Element, elementKey, type Ruleset, type SetShape } from '../../src/ruleset/ir.ts';
import { SHAPES } from '../../src/ruleset/shapes.ts';
import type { Address } from '../../src/values/address.ts';

const { peers, cidrs } = SHAPES[4];
const base: Chain = { name: 'forward', hook: { hook: 'forward', priority: -1 }, rules: [] };
const helper = (rules: Chain['rules']): Chain => ({ name: 'helper', hook: undefined, rules });
const element = (address: string, value: number): Element => ({
  key: [address as Address],
  value,
  reason: undefined,
});
const range = (first: bigint, last: bigint, value: number): Element => ({
  key: [{ first, last }],
  value,
  reason: undefined,
});

function rulesetOf(
  chains: readonly Chain[],
  sets: readonly (readonly [SetShape, readonly Element[]])[] = [],
): Ruleset {
  const made = sets.map(([shape, elements]) => {
    const byKey = new Map(elements.map((one) => [elementKey(one.key), one]));
    return [shape.name, { shape, elements: byKey }] as const;
  });
  return { generation: 1, chains, sets: new Map(made) };
}

test('an element with another value is taken out and put in again', () => {
  const before = rulesetOf([base], [[peers, [element('10.0.0.1', 1), element('10.0.0.2', 2)]]]);
  const after = rulesetOf([base], [[peers, [element('10.0.0.1', 3), element('10.0.0.2', 2)]]]);
  const { elements } = diffRulesets(before, after);
  assert.equal(
    elements.map(({ removed, added }) => [removed, added]),
    [[[element('10.0.0.1', 1)], [element('10.0.0.1', 3)]]],
  );
});

test('a set that goes away takes its elements along, one that comes brings them', () => {
  const full = rulesetOf([base], [[peers, [element('10.0.0.1', 1)]]]);
  const gone = diffRulesets(full, rulesetOf([base]));
  assert.equal([gone.oldSets, gone.elements], [['peers4'], []]);
  const come = diffRulesets(rulesetOf([base]), full);
  assert.equal([come.newSets, come.elements.length], [[peers], 1]);
});

test('a map of ranges is filled anew as a whole', () => {
  const before = rulesetOf([base], [[cidrs, [range(0n, 9n, 1), range(20n, 29n, 2)]]]);
  const after = rulesetOf([base], [[cidrs, [range(0n, 9n, 1), range(20n, 25n, 2)]]]);
  const transaction = diffRulesets(before, after);
  assert.equal(
    transaction.elements.map(({ refilled, removed, added }) => [refilled, removed.length, added.length]),
    [[true, 0, 2]],
  );
  assert.equal(applyTransaction(before, transaction).sets, after.sets);
});

test('chains are filled anew only where they read differently; base chains are never deleted', () => {
  const before = rulesetOf([helper([]), base]);
  assert.ok(isEmpty(diffRulesets(before, rulesetOf([helper([]), base]))));
  const changed = helper([{ matches: [], statements: [{ kind: 'accept' }] }]);
  assert.equal(diffRulesets(before, rulesetOf([changed, base])).chains, [changed]);
  assert.equal(diffRulesets(before, rulesetOf([])).oldChains, ['helper']);
});

test('everything is new to an empty table', () => {
  const after = rulesetOf([helper([]), base], [[peers, [element('10.0.0.1', 1)]]]);
  const transaction = diffRulesets(EMPTY_RULESET, after);
  assert.equal(
    [transaction.chains, transaction.newSets, transaction.oldChains, transaction.emptiedChains],
    [after.chains, [peers], [], []],
  );
  assert.equal(applyTransaction(EMPTY_RULESET, transaction), after);
});

const NOTHING: Transaction = {
  generation: 2,
  newSets: [],
  elements: [],
  chains: [],
  oldChains: [],
  emptiedChains: [],
  oldSets: [],
};
const REFUSED: readonly (readonly [what: string, change: Partial<Transaction>, message: RegExp])[] = [
  [
    'an element of a set that is not there',
    { elements: [{ set: cidrs, removed: [], added: [range(0n, 1n, 1)], refilled: false }] },
    /cidrs4/,
  ],
  [
    'the deletion of an element that is not there',
    { elements: [{ set: peers, removed: [element('10.0.0.9', 1)], added: [], refilled: false }] },
    /10\.0\.0\.9/,
  ],
  [
    'an element that is there already',
    { elements: [{ set: peers, removed: [], added: [element('10.0.0.1', 1)], refilled: false }] },
    /already/,
  ],
];

for (const [what, change, message] of REFUSED)
  test(`${what} is refused, as the kernel would`, () => {
    const before = rulesetOf([base], [[peers, [element('10.0.0.1', 1)]]]);
    assert.throws(() => applyTransaction(before, { ...NOTHING, ...change }), message);
  });

test.run();
