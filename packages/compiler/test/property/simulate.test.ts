/** The keystone: what `decide` says of a connection is what the compiled ruleset does with its packets. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { ModelObject } from '../../src/model/types.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { describeObjects } from './describe.ts';
import { FLAG_CIDRS } from './generate/alphabet.ts';
import { cluster } from './generate/cluster.ts';
import { allFlows, type Flow } from './generate/packets.ts';
import { cases, describe } from './judged-case.ts';
import {
  assertOutcome,
  expectedOutcome,
  firstPacket,
  hookOf,
  isDnsOfClient,
  OPTIONS,
  replyPacket,
  stampOf,
} from './judged-flow.ts';
import { holds } from './run.ts';

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

/** The same flow begun by its other end. */
function turned(flow: Flow): Flow {
  const { source, destination, sourcePort, destinationPort } = flow;
  return {
    ...flow,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

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
  // Untracked packets have no direction: what bears an answer's port may be one to a pod that learns names (S37).
  const isAnswer = expected === 'accept' && isDnsOfClient(snapshot, turned(flow));
  assertOutcome(
    ruleset,
    { ...first, state: 'untracked', ctMark: 0 },
    isAnswer ? 'queue' : expected,
    'untracked packet',
  );
  assertOutcome(ruleset, { ...first, state: 'established' }, expected, 'packet of an unjudged connection');
  const old = (flow.ctMark | 0x0ff0_0000) >>> 0;
  assertOutcome(ruleset, { ...first, state: 'established', ctMark: old }, expected, 'packet of an old stamp');
  if (hook === 'forward') assertOutcome(ruleset, replyPacket(flow), expected, 'reply');
  if (flow.protocol === 1 || flow.protocol === 58)
    assertOutcome(ruleset, { ...first, state: 'related' }, 'accept', 'related ICMP error (S45)');
  else assertOutcome(ruleset, { ...first, state: 'related' }, expected, 'related connection');
  if (flow.protocol === 58) {
    // An IPv4 packet that says it is ICMPv6 discovers no neighbours.
    const exempt = flow.source.includes(':') ? 'accept' : expected;
    const types = [
      [132, expected],
      [133, exempt],
      [137, exempt],
      [138, expected],
    ] as const;
    for (const [icmpType, verdict] of types)
      assertOutcome(ruleset, { ...first, icmpType }, verdict, `ICMPv6 type ${icmpType} (S46)`);
  }
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

test('and so for every address at once', () => {
  holds({
    values: cluster,
    share: 0.1,
    describe: describeObjects,
    check: (objects) => {
      const snapshot = new Snapshot(objects);
      const { ruleset } = compile(objects, OPTIONS);
      for (const flow of allFlows(objects)) {
        const hook = hookOf(snapshot, flow);
        if (!hook) continue;
        assertOutcome(
          ruleset,
          firstPacket(flow, hook),
          expectedOutcome(snapshot, hook, flow),
          'first packet',
        );
      }
    },
  });
});

test('pod CIDRs from a flag are those of a node without addresses', () => {
  const podCidrs = FLAG_CIDRS;
  holds({
    values: cases,
    share: 0.1,
    describe,
    check: ([objects, flows]) => {
      const flag: ModelObject = {
        kind: 'Node',
        name: 'flag',
        labels: {},
        addresses: [],
        podCidrs,
        source: undefined,
      };
      const snapshot = new Snapshot([...objects, flag]);
      const { ruleset } = compile(objects, { ...OPTIONS, podCidrs });
      for (const flow of flows) {
        const hook = hookOf(snapshot, flow);
        if (!hook) continue;
        assertOutcome(
          ruleset,
          firstPacket(flow, hook),
          expectedOutcome(snapshot, hook, flow),
          'first packet',
        );
      }
    },
  });
});

test.run();
