/** What the kernel leaves to the judge: by budget, by choice, and by either way to the queue. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { simulate } from '../../src/ruleset/simulate.ts';
import { describeFlow } from './describe.ts';
import { cases, describe } from './judged-case.ts';
import {
  assertOutcome,
  cellsIn,
  expectedOutcome,
  expectedVerdict,
  firstPacket,
  hookOf,
  isConcerned,
  isDnsOfClient,
  OPTIONS,
  replyPacket,
  stampOf,
} from './judged-flow.ts';
import { holds } from './run.ts';

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
        const isSelf = flow.source === flow.destination && expectedVerdict(snapshot, hook, flow) === 'accept';
        const expected = concerned && !isSelf ? 'queue' : expectedOutcome(snapshot, hook, flow);
        const { verdict, ctMark } = assertOutcome(ruleset, firstPacket(flow, hook), expected, 'first packet');
        if (verdict !== 'queue' || !concerned) continue;
        // Stamped before it is queued: the judge's drop discards the entry, its accept leaves the kernel to answer. Of
        // a conversation that names are learnt from, every packet has to come.
        const stamp = isDnsOfClient(snapshot, flow) ? 0 : stampOf(ruleset);
        assert.is(ctMark, (flow.ctMark | stamp) >>> 0, 'stamped on the way to the judge');
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
        const { queueMark, dnsMark } = OPTIONS;
        const isDns = expected === 'queue' && expectedVerdict(snapshot, hook, flow) === 'accept';
        const mark = expected === 'queue' ? queueMark | (isDns ? dnsMark : 0) : 0;
        assert.is(outcome.packetMark, mark, describeFlow(flow));
      }
    },
  });
});

test.run();
