/** Random histories of a cluster, played to the incremental compiler commit by commit. */
import fc from 'fast-check';
import { Compiler } from '../../src/compiler/compiler.ts';
import type { CompileOptions } from '../../src/compiler/options.ts';
import { idOf } from '../../src/compiler/state.ts';
import { EMPTY_RULESET, type Transaction } from '../../src/ruleset/diff.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { describeFlow, describeObject, describeObjects } from './describe.ts';
import { type Event, type History, happen, history, type World, worldOf } from './generate/events.ts';
import { type FlowPlan, flowAmong, flowPlans } from './generate/packets.ts';
import { OPTIONS } from './judged-flow.ts';

export interface Case extends History {
  readonly plans: readonly FlowPlan[];
  /** Mostly more than any ruleset needs. */
  readonly cellBudget: number;
}

const cellBudget = fc.oneof(fc.constant(OPTIONS.cellBudget), fc.nat({ max: 60 }));

export const cases: fc.Arbitrary<Case> = fc
  .tuple(history, flowPlans, cellBudget)
  .map(([{ start, batches }, plans, budget]) => ({ start, batches, plans, cellBudget: budget }));

/** Everything that happens, told in order; events that change nothing are left out. */
export function describe({ start, batches, plans, cellBudget: budget }: Case): string {
  const world = worldOf(start);
  const lines = [`cell budget ${budget}`, describeObjects(start)];
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
export function play(
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
