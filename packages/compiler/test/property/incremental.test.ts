/** Keeping a ruleset up to date event by event leads where compiling from scratch leads, at every commit. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Compiler } from '../../src/compiler/compiler.ts';
import type { CompileOptions } from '../../src/compiler/options.ts';
import { idOf } from '../../src/compiler/state.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { canonicalSets } from '../../src/ruleset/canonical.ts';
import {
  applyTransaction,
  diffRulesets,
  EMPTY_RULESET,
  isEmpty,
  type Transaction,
} from '../../src/ruleset/diff.ts';
import type { Ruleset, RulesetSet } from '../../src/ruleset/ir.ts';
import { programFor } from '../../src/ruleset/program.ts';
import { commentOf } from '../../src/ruleset/provenance.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import { describeFlow, describeObject, describeObjects } from './describe.ts';
import { type Event, type History, happen, history, type World, worldOf } from './generate/events.ts';
import { type Flow, type FlowPlan, flowAmong, flowPlans } from './generate/packets.ts';
import {
  assertOutcome,
  expectedOutcome,
  firstPacket,
  hasUnknownEnd,
  hookOf,
  OPTIONS,
} from './judged-flow.ts';
import { holds } from './run.ts';

interface Case extends History {
  readonly plans: readonly FlowPlan[];
}

const cases: fc.Arbitrary<Case> = fc
  .tuple(history, flowPlans)
  .map(([{ start, batches }, plans]) => ({ start, batches, plans }));

/** Everything that happens, told in order; events that change nothing are left out. */
function describe({ start, batches, plans }: Case): string {
  const world = worldOf(start);
  const lines = [describeObjects(start)];
  for (const batch of batches) {
    lines.push('commit, then');
    for (const event of batch) lines.push(`  ${eventText(world, event).replace(/\n/g, '\n  ')}`);
  }
  return [...lines, ...plans.map((plan) => describeFlow(flowAmong([...world.values()], plan)))].join('\n');
}

function eventText(world: World, event: Event): string {
  const result = happen(world, event);
  if (!result) return 'nothing';
  return 'gone' in result ? `delete ${describeObject(result.gone)}` : `set ${describeObject(result.set)}`;
}

/** Plays a history, and shows each commit. */
function play(
  { start, batches }: History,
  options: CompileOptions,
  visit: (commit: { before: Ruleset; after: Ruleset; transaction: Transaction; world: World }) => void,
): void {
  const compiler = new Compiler(options);
  const world = worldOf(start);
  for (const object of start) compiler.set(object);
  let before = EMPTY_RULESET;
  for (const batch of [[], ...batches]) {
    for (const event of batch) {
      const result = happen(world, event);
      if (result && 'gone' in result) compiler.delete(idOf(result.gone));
      else if (result) compiler.set(result.set);
    }
    const transaction = compiler.commit();
    const after = compiler.ruleset();
    visit({ before, after, transaction, world });
    before = after;
  }
}

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
      play(one, OPTIONS, ({ before, after, transaction }) => {
        assertSameLines(linesOf(applyTransaction(before, transaction)), linesOf(after), 'the transaction');
        const difference = diffRulesets(before, after);
        assertSameLines(linesOf(applyTransaction(before, difference)), linesOf(after), 'the difference');
        assert.equal(sizeOf(transaction), sizeOf(difference), 'the transaction holds nothing superfluous');
        assert.ok(isEmpty(diffRulesets(after, after)), 'nothing differs from itself');
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

/** A connection that some ruleset let through, with the mark that it bears. */
interface Connection {
  readonly flow: Flow;
  readonly ctMark: number;
}

test('a connection stops with the commit that takes its permission away, in both directions (S47)', () => {
  let stopped = 0;
  holds({
    values: cases,
    describe,
    share: 0.5,
    check: (one) => {
      let connections: Connection[] = [];
      play(one, OPTIONS, ({ after, world }) => {
        const snapshot = new Snapshot(world.values());
        for (const { flow, ctMark } of connections) {
          const packet = { ...firstPacket(flow, 'forward'), state: 'established', ctMark } as const;
          if (hookOf(snapshot, flow) !== 'forward') continue;
          const expected = expectedOutcome(snapshot, 'forward', flow);
          // An address that nobody has at the moment takes no permission away; the next one who has it may.
          if (expected === 'queue' && hasUnknownEnd(snapshot, flow)) continue;
          assertOutcome(after, packet, expected, 'packet of a connection made before');
          assertOutcome(after, turned(packet), expected, 'reply of a connection made before');
          if (expected !== 'accept') stopped++;
        }
        connections = [...connections, ...opened(after, snapshot, one.plans, [...world.values()])];
      });
    },
  });
  assert.ok(stopped > 0, 'no permission was ever taken away: the property says nothing');
});

test('with established connections kept, a stamp is good for ever, and the generation stays (S47)', () => {
  const options: CompileOptions = { ...OPTIONS, established: 'keep' };
  holds({
    values: cases,
    describe,
    share: 0.25,
    check: (one) => {
      let connections: Connection[] = [];
      play(one, options, ({ after, world }) => {
        assert.is(after.generation, 1);
        const snapshot = new Snapshot(world.values());
        for (const { flow, ctMark } of connections) {
          const packet = { ...firstPacket(flow, 'forward'), state: 'established', ctMark } as const;
          assertOutcome(after, packet, 'accept', 'packet of a connection made before');
          assertOutcome(after, turned(packet), 'accept', 'reply of a connection made before');
        }
        connections = [...connections, ...opened(after, snapshot, one.plans, [...world.values()])];
      });
    },
  });
});

function turned(packet: Packet): Packet {
  const { source, destination, sourcePort, destinationPort } = packet;
  return {
    ...packet,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
    direction: 'reply',
  };
}

/** Connections that a ruleset lets through the node now. */
function opened(
  ruleset: Ruleset,
  snapshot: Snapshot,
  plans: readonly FlowPlan[],
  objects: Parameters<typeof flowAmong>[0],
): Connection[] {
  return plans.flatMap((plan) => {
    const flow = flowAmong(objects, plan);
    if (hookOf(snapshot, flow) !== 'forward') return [];
    const { verdict, ctMark } = simulate(ruleset, firstPacket(flow, 'forward'));
    return verdict === 'accept' ? [{ flow, ctMark }] : [];
  });
}

test.run();
