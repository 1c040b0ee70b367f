/** What nft demands of every ruleset, and what the design promises of it. */

import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { applyTransaction, diffRulesets, EMPTY_RULESET } from '../../src/ruleset/diff.ts';
import type { Element, KeyPart, PortRange, Ruleset, RulesetSet } from '../../src/ruleset/ir.ts';
import { setsBeside } from '../../src/ruleset/shapes.ts';
import { type Address, addressValue } from '../../src/values/address.ts';
import { describeObjects } from '../property/describe.ts';
import { cluster } from '../property/generate/cluster.ts';
import { OPTIONS } from '../property/judged-flow.ts';
import { holds } from '../property/run.ts';

/** All that the program of chains can grow to, with every set of both families in use. */
const MOST_RULES = 260;

function checkRuleset(ruleset: Ruleset): void {
  const names = new Set<string>();
  const used = new Set<string>();
  const called: { caller: string; callee: string }[] = [];
  let rules = 0;
  for (const chain of ruleset.chains) {
    assert.not(names.has(chain.name), `chain ${chain.name} twice`);
    assert.match(chain.name, /^[a-z][a-z0-9_]*$/);
    rules += chain.rules.length;
    for (const { matches, statements } of chain.rules) {
      for (const match of matches) if ('set' in match) used.add(match.set);
      for (const statement of statements) {
        if (statement.kind === 'map-priority') used.add(statement.map);
        if ('chain' in statement) called.push({ caller: chain.name, callee: statement.chain });
      }
    }
    names.add(chain.name);
  }
  for (const { caller, callee } of called)
    assert.ok(names.has(callee), `${caller} calls ${callee}, which is not there`);
  assert.ok(rules <= MOST_RULES, `${rules} rules`);
  for (const name of used) assert.ok(ruleset.sets.has(name), `rules look into ${name}, which is empty`);
  const filled = [...ruleset.sets].filter(([, { elements }]) => elements.size > 0).map(([name]) => name);
  const beside = new Set(setsBeside(new Set(filled)).map(({ name }) => name));
  for (const [name, set] of ruleset.sets) {
    assert.is(set.shape.name, name);
    assert.ok(set.elements.size > 0 || beside.has(name), `${name} has no elements`);
    assert.ok(
      set.elements.size === 0 || !set.shape.timed,
      `${name} has elements, which only the kernel knows`,
    );
    if (set.shape.interval) checkDisjoint(set);
  }
}

/** Chains can be made in the order in which they stand. */
function checkOrder({ chains }: Ruleset): void {
  const places = new Map(chains.map(({ name }, place) => [name, place]));
  for (const [place, { name, rules }] of chains.entries())
    for (const statement of rules.flatMap(({ statements }) => statements))
      if ('chain' in statement)
        assert.ok((places.get(statement.chain) ?? place) < place, `${name} before ${statement.chain}`);
}

/** nft refuses intervals that overlap. */
function checkDisjoint({ shape, elements }: RulesetSet): void {
  const groups = Map.groupBy(elements.values(), ({ key }) => key.slice(0, -1).join(' '));
  for (const group of groups.values()) {
    const ends = group
      .map(({ key }: Element) => endsOf(key.at(-1)))
      .sort((a, b) => (a.first < b.first ? -1 : 1));
    for (const [i, { first, last }] of ends.entries()) {
      assert.ok(first <= last, `${shape.name}: an interval ends before it starts`);
      const next = ends[i + 1];
      if (next) assert.ok(last < next.first, `${shape.name}: intervals overlap`);
    }
  }
}

function endsOf(part: KeyPart | undefined): { first: bigint; last: bigint } {
  if (typeof part === 'object')
    return { first: BigInt((part as PortRange).first), last: BigInt((part as PortRange).last) };
  const value = typeof part === 'string' ? addressValue(part as Address) : BigInt(part ?? 0);
  return { first: value, last: value };
}

test('every ruleset is one that nft takes: callees first, no empty set, no overlap, few rules', () => {
  holds({
    values: cluster,
    share: 0.5,
    describe: describeObjects,
    check: (objects) => {
      const { ruleset } = compile(objects, OPTIONS);
      checkRuleset(ruleset);
      checkOrder(ruleset);
    },
  });
});

test('a ruleset of any cluster can follow any other, and base chains stay', () => {
  holds({
    values: fc.tuple(cluster, cluster),
    share: 0.25,
    describe: ([before, after]) => `${describeObjects(before)}\nthen\n${describeObjects(after)}`,
    check: ([before, after]) => {
      const [old, next] = [compile(before, OPTIONS).ruleset, compile(after, OPTIONS).ruleset];
      for (const from of [EMPTY_RULESET, old]) {
        const transaction = diffRulesets(from, next);
        checkRuleset(applyTransaction(from, transaction));
        const base = new Set(from.chains.filter(({ hook }) => hook).map(({ name }) => name));
        assert.not(
          transaction.oldChains.some((name) => base.has(name)),
          'a base chain is deleted',
        );
      }
    },
  });
});

test('without policies the ruleset holds no more than the two hooks need', () => {
  const { ruleset, stats } = compile([], OPTIONS);
  checkRuleset(ruleset);
  assert.equal([stats.cells, stats.sets, stats.subjects], [0, 0, 0]);
});

test.run();
