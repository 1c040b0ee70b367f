/** Keeping a ruleset up to date event by event leads where compiling from scratch leads, at every commit. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { applyTransaction, diffRulesets, isEmpty, type Transaction } from '../../src/ruleset/diff.ts';
import type { Ruleset, RulesetSet } from '../../src/ruleset/ir.ts';
import { programFor } from '../../src/ruleset/program.ts';
import { commentOf } from '../../src/ruleset/provenance.ts';
import { canonicalSets } from './canonical.ts';
import { cellsIn, OPTIONS } from './judged-flow.ts';
import { cases, describe, play } from './play.ts';
import { holds } from './run.ts';

/** What the kernel would hold, line by line and in a fixed order. */
function linesOf(ruleset: Ruleset): string[] {
  const chains = ruleset.chains.map((chain) => JSON.stringify(chain)).sort();
  return [`generation ${ruleset.generation}`, ...elementLines(ruleset.sets), ...chains];
}

function elementLines(sets: ReadonlyMap<string, RulesetSet>): string[] {
  return [...sets]
    .flatMap(([name, { elements }]) => [
      name,
      ...[...elements].map(([key, one]) => `${name}: ${key} = ${one.value} # ${commentOf(one)}`),
    ])
    .sort();
}

function assertSameLines(actual: readonly string[], expected: readonly string[], about: string): void {
  const [has, wants] = [new Set(actual), new Set(expected)];
  const surplus = actual.filter((line) => !wants.has(line)).map((line) => `+ ${line}`);
  const missing = expected.filter((line) => !has.has(line)).map((line) => `- ${line}`);
  assert.is([...surplus, ...missing].join('\n'), '', about);
}

test('at every commit the ruleset is the one compiled from scratch, classes told by what they say', () => {
  holds({
    values: cases,
    describe,
    share: 0.5,
    check: (one) =>
      play(one, OPTIONS, ({ after, world }) => {
        const scratch = compile(world.values(), OPTIONS).ruleset;
        assertSameLines(elementLines(canonicalSets(after)), elementLines(canonicalSets(scratch)), 'sets');
        const program = programFor(new Set(after.sets.keys()), { ...OPTIONS, generation: after.generation });
        assert.is(JSON.stringify(after.chains), JSON.stringify(program), 'chains');
      }),
  });
});

test('the transaction of a commit, and the difference of both rulesets, make the new ruleset of the old one', () => {
  holds({
    values: cases,
    describe,
    share: 0.5,
    check: (one) =>
      play(one, { ...OPTIONS, cellBudget: one.cellBudget }, ({ before, after, transaction }) => {
        assertSameLines(linesOf(applyTransaction(before, transaction)), linesOf(after), 'the transaction');
        const difference = diffRulesets(before, after);
        assertSameLines(linesOf(applyTransaction(before, difference)), linesOf(after), 'the difference');
        assert.equal(sizeOf(transaction), sizeOf(difference), 'the transaction holds nothing superfluous');
        assert.ok(isEmpty(diffRulesets(after, after)), 'nothing differs from itself');
        assert.ok(cellsIn(after) <= one.cellBudget, 'the budget holds at every commit');
      }),
  });
});

function sizeOf({ elements, ...rest }: Transaction): unknown {
  return {
    ...rest,
    elements: elements
      .map(({ set, removed, added }) => `${set.name} -${removed.length} +${added.length}`)
      .sort(),
  };
}

test.run();
