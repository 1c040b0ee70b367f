/** The keystone: what `decide` says of a connection is what the compiled ruleset does with its packets. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { ModelObject } from '../../src/model/types.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { simulate } from '../../src/ruleset/simulate.ts';
import { describeFlow, describeObjects } from './describe.ts';
import { cluster } from './generate/cluster.ts';
import { type Flow, flowAmong, flowPlans } from './generate/packets.ts';
import {
  assertOutcome,
  expectedOutcome,
  firstPacket,
  hookOf,
  isConcerned,
  OPTIONS,
  replyPacket,
  stampOf,
} from './judged-flow.ts';
import { holds } from './run.ts';

type Case = readonly [objects: readonly ModelObject[], flows: readonly Flow[]];

const cases: fc.Arbitrary<Case> = fc
  .tuple(cluster, flowPlans)
  .map(([objects, plans]) => [objects, plans.map((plan) => flowAmong(objects, plan))]);

const describe = ([objects, flows]: Case): string =>
  [describeObjects(objects), ...flows.map(describeFlow)].join('\n');

test('the ruleset does with first packets and replies what the policies say', () => {
  holds({
    values: cases,
    describe,
    check: ([objects, flows]) => {
      const snapshot = new Snapshot(objects);
      const { ruleset } = compile(objects, OPTIONS);
      for (const flow of flows) checkFlow(snapshot, ruleset, flow);
    },
  });
});

function checkFlow(snapshot: Snapshot, ruleset: Ruleset, flow: Flow): void {
  const hook = hookOf(snapshot, flow);
  if (!hook) {
    // S41: what the node began comes back through its own door.
    assertOutcome(ruleset, { ...replyPacket(flow), hook: 'input' }, 'accept', 'answer to the node');
    return;
  }
  const expected = expectedOutcome(snapshot, hook, flow);
  const first = firstPacket(flow, hook);
  const outcome = assertOutcome(ruleset, first, expected, 'first packet');
  assertOutcome(ruleset, { ...first, state: 'untracked', ctMark: 0 }, expected, 'untracked packet');
  assertOutcome(ruleset, { ...first, state: 'established' }, expected, 'packet of an unjudged connection');
  const old = (flow.ctMark | 0x0ff0_0000) >>> 0;
  assertOutcome(ruleset, { ...first, state: 'established', ctMark: old }, expected, 'packet of an old stamp');
  if (hook === 'forward') assertOutcome(ruleset, replyPacket(flow), expected, 'reply');
  if (flow.protocol === 1 || flow.protocol === 58)
    assertOutcome(ruleset, { ...first, state: 'related' }, 'accept', 'related ICMP error (S45)');
  else assertOutcome(ruleset, { ...first, state: 'related' }, expected, 'related connection');
  if (flow.protocol === 58 && flow.source.includes(':'))
    for (const [icmpType, verdict] of [
      [132, expected],
      [133, 'accept'],
      [137, 'accept'],
      [138, expected],
    ] as const)
      assertOutcome(ruleset, { ...first, icmpType }, verdict, `ICMPv6 type ${icmpType} (S46)`);
  if (outcome.verdict !== 'accept') {
    assert.is(outcome.ctMark, flow.ctMark, 'only what is accepted is stamped');
    return;
  }
  assert.is(outcome.ctMark, (flow.ctMark | stampOf(ruleset)) >>> 0, 'what is accepted is stamped');
  for (const packet of [first, replyPacket(flow)]) {
    const stamped = { ...packet, state: 'established', ctMark: outcome.ctMark } as const;
    const later = assertOutcome(ruleset, stamped, 'accept', 'packet of a stamped connection');
    assert.ok(later.rulesPassed <= 3, `a stamped packet meets ${later.rulesPassed} rules`);
  }
}

test('within a budget the kernel answers as the policies say, or asks the judge about a subject left over', () => {
  const tight = fc.tuple(cases, fc.nat({ max: 40 }));
  holds({
    values: tight,
    share: 0.25,
    describe: ([one, budget]) => `${describe(one)}\ncell budget ${budget}`,
    check: ([[objects, flows], cellBudget]) => {
      const snapshot = new Snapshot(objects);
      const { ruleset, stats } = compile(objects, { ...OPTIONS, cellBudget });
      assert.ok(cellsIn(ruleset) <= cellBudget, `${cellsIn(ruleset)} cells for a budget of ${cellBudget}`);
      let asked = 0;
      for (const flow of flows) {
        const hook = hookOf(snapshot, flow);
        if (!hook) continue;
        const expected = expectedOutcome(snapshot, hook, flow);
        const { verdict } = simulate(ruleset, firstPacket(flow, hook));
        const concerned =
          isConcerned(snapshot, flow.source, 'egress') || isConcerned(snapshot, flow.destination, 'ingress');
        if (verdict === 'queue' && expected !== 'queue') {
          asked++;
          assert.ok(concerned, `nobody concerned: ${describeFlow(flow)}`);
        } else assert.is(verdict, expected, describeFlow(flow));
      }
      if (asked > 0) assert.ok(stats.queuedSubjects > 0, 'subjects left over are counted');
    },
  });
});

/** Elements that answer for a class and a subject. */
function cellsIn(ruleset: Ruleset): number {
  const maps = [...ruleset.sets.values()].filter(({ shape }) => shape.value === 'verdict');
  return maps.reduce((sum, { elements }) => sum + elements.size, 0);
}

test('with the datapath in the queue the kernel decides about no concerned pod', () => {
  holds({
    values: cases,
    share: 0.25,
    describe,
    check: ([objects, flows]) => {
      const snapshot = new Snapshot(objects);
      const { ruleset } = compile(objects, { ...OPTIONS, datapath: 'queue' });
      assert.is(cellsIn(ruleset), 0);
      for (const flow of flows) {
        const hook = hookOf(snapshot, flow);
        if (!hook) continue;
        const concerned =
          isConcerned(snapshot, flow.source, 'egress') ||
          (hook === 'forward' && isConcerned(snapshot, flow.destination, 'ingress'));
        const isSelf = flow.source === flow.destination && expectedOutcome(snapshot, hook, flow) === 'accept';
        const expected = concerned && !isSelf ? 'queue' : expectedOutcome(snapshot, hook, flow);
        const { verdict, ctMark } = assertOutcome(ruleset, firstPacket(flow, hook), expected, 'first packet');
        if (verdict !== 'queue' || !concerned) continue;
        // Stamped before it is queued: the judge's drop discards the entry, its accept leaves the kernel to answer.
        assert.is(ctMark, (flow.ctMark | stampOf(ruleset)) >>> 0, 'stamped on the way to the judge');
        if (hook === 'forward')
          assertOutcome(ruleset, replyPacket(flow), 'queue', 'reply of an unjudged connection');
      }
    },
  });
});

test('a mark in place of the queue statement goes to the same packets', () => {
  holds({
    values: cases,
    share: 0.1,
    describe,
    check: ([objects, flows]) => {
      const snapshot = new Snapshot(objects);
      const { ruleset } = compile(objects, { ...OPTIONS, queueVia: 'mark' });
      for (const flow of flows) {
        const hook = hookOf(snapshot, flow);
        if (!hook) continue;
        const expected = expectedOutcome(snapshot, hook, flow);
        const outcome = simulate(ruleset, firstPacket(flow, hook));
        assert.is(outcome.verdict, expected === 'queue' ? 'accept' : expected, describeFlow(flow));
        assert.is(outcome.packetMark, expected === 'queue' ? OPTIONS.queueMark : 0, describeFlow(flow));
      }
    },
  });
});

test.run();
