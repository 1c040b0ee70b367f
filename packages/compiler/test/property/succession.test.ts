/** A compiler that starts on a kernel that holds a ruleset already: what a restarted agent does. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Compiler } from '../../src/compiler/compiler.ts';
import { idOf } from '../../src/compiler/state.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { applyTransaction, type Transaction } from '../../src/ruleset/diff.ts';
import type { Ruleset, RulesetSet } from '../../src/ruleset/ir.ts';
import { programFor } from '../../src/ruleset/program.ts';
import { commentOf } from '../../src/ruleset/provenance.ts';
import { canonicalSets } from './canonical.ts';
import { describeObjects } from './describe.ts';
import { cluster } from './generate/cluster.ts';
import { type History, happen, history, worldOf } from './generate/events.ts';
import { OPTIONS } from './judged-flow.ts';
import { holds } from './run.ts';

interface Case extends History {
  readonly before: readonly ModelObject[];
}

const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.oneof(cluster, fc.constant(undefined)), history)
  // Undefined: the same cluster as afterwards, as after most restarts.
  .map(([before, { start, batches }]) => ({ before: before ?? start, start, batches }));

const describe = ({ before, start }: Case): string =>
  `${describeObjects(before)}\nthen another process compiles\n${describeObjects(start)}`;

/** What is read back from a kernel: comments instead of reasons, chains without their rules. */
function listed(ruleset: Ruleset): Ruleset {
  const sets = new Map<string, RulesetSet>();
  for (const [name, { shape, elements }] of ruleset.sets) {
    const read = [...elements].map(
      ([key, element]) => [key, { ...element, reason: commentOf(element) }] as const,
    );
    sets.set(name, { shape, elements: new Map(read) });
  }
  return { ...ruleset, sets, chains: ruleset.chains.map((chain) => ({ ...chain, rules: [] })) };
}

function succeedWith(before: Ruleset, objects: readonly ModelObject[]): Compiler {
  const compiler = new Compiler(OPTIONS);
  for (const object of objects) compiler.set(object);
  compiler.succeed(before);
  return compiler;
}

function linesOf(sets: ReadonlyMap<string, RulesetSet>): string {
  return [...sets]
    .flatMap(([name, { elements }]) =>
      [...elements].map(([key, element]) => `${name}: ${key} = ${element.value} # ${commentOf(element)}`),
    )
    .sort()
    .join('\n');
}

function sizeOf({ elements }: Transaction): number {
  return elements.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0);
}

test('the first commit after a predecessor, and every one behind it, is what a compile from scratch says', () => {
  holds({
    values: cases,
    describe,
    share: 0.5,
    check: ({ before, start, batches }) => {
      let kernel = listed(compile(before, OPTIONS).ruleset);
      const compiler = succeedWith(kernel, start);
      const world = worldOf(start);
      for (const batch of [[], ...batches]) {
        for (const event of batch) {
          const result = happen(world, event);
          if (result && 'gone' in result) compiler.delete(idOf(result.gone));
          else if (result) compiler.set(result.set);
        }
        // Throws where a commit takes away what is not there, or adds what is.
        kernel = applyTransaction(kernel, compiler.commit());
        assert.is(linesOf(kernel.sets), linesOf(compiler.ruleset().sets), 'kernel and compiler');
        const scratch = compile(world.values(), OPTIONS).ruleset;
        assert.is(linesOf(canonicalSets(kernel)), linesOf(canonicalSets(scratch)), 'kernel and scratch');
        const program = programFor(new Set(kernel.sets.keys()), {
          ...OPTIONS,
          generation: kernel.generation,
        });
        const byName = new Map(kernel.chains.map((chain) => [chain.name, chain]));
        assert.equal(
          program.map(({ name }) => byName.get(name)),
          program,
          'chains',
        );
        assert.is(byName.size, program.length, 'no chain is left over');
      }
    },
  });
});

test('over an unchanged cluster no element is touched, and the generation stays until it is told to move', () => {
  holds({
    values: cluster,
    describe: describeObjects,
    share: 0.25,
    check: (objects) => {
      const before = { ...listed(compile(objects, OPTIONS).ruleset), generation: 17 };
      const still = succeedWith(before, objects);
      assert.is(sizeOf(still.commit()), 0);
      assert.is(still.ruleset().generation, 17);
      const moving = succeedWith(before, objects);
      moving.judgeAnew();
      assert.is(moving.commit().generation, 18);
      assert.is(moving.commit().generation, 18, 'once');
    },
  });
});

test('where an element changed the generation moves on; with established connections kept it never does (S47)', () => {
  holds({
    values: fc.tuple(cluster, cluster),
    describe: ([before, after]) => `${describeObjects(before)}\n---\n${describeObjects(after)}`,
    share: 0.25,
    check: ([old, objects]) => {
      const before = { ...listed(compile(old, OPTIONS).ruleset), generation: 4095 };
      const revoking = succeedWith(before, objects).commit();
      assert.is(revoking.generation, sizeOf(revoking) + revoking.oldSets.length > 0 ? 1 : 4095);
      const keeping = new Compiler({ ...OPTIONS, established: 'keep' });
      for (const object of objects) keeping.set(object);
      keeping.succeed(before);
      keeping.judgeAnew();
      assert.is(keeping.commit().generation, 4095);
    },
  });
});

test.run();
