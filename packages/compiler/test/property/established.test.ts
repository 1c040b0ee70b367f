/** Connections over commits: they stop with their permission, or are kept (S47). */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { CompileOptions } from '../../src/compiler/options.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import { type Flow, type FlowPlan, flowAmong } from './generate/packets.ts';
import {
  assertOutcome,
  expectedOutcome,
  firstPacket,
  hasUnknownEnd,
  hookOf,
  OPTIONS,
} from './judged-flow.ts';
import { cases, describe, play } from './play.ts';
import { holds } from './run.ts';

/** A connection that some ruleset let through, with the mark that it bears. */
interface Connection {
  readonly flow: Flow;
  /** Where the node met its first packet. */
  readonly hook: Packet['hook'];
  readonly ctMark: number;
}

test('a connection stops with the commit that takes its permission away, in both directions (S47)', () => {
  let stopped = 0;
  const tried = holds({
    values: cases,
    describe,
    share: 0.5,
    check: (one) => {
      let connections: Connection[] = [];
      play(one, OPTIONS, ({ after, world }) => {
        const snapshot = new Snapshot(world.values());
        for (const { flow, hook, ctMark } of connections) {
          if (hookOf(snapshot, flow) !== hook) continue;
          const packet = { ...firstPacket(flow, hook), state: 'established', ctMark } as const;
          const expected = expectedOutcome(snapshot, hook, flow);
          // An address that nobody has at the moment takes no permission away; the next one who has it may.
          if (expected === 'queue' && hasUnknownEnd(snapshot, flow)) continue;
          assertOutcome(after, packet, expected, 'packet of a connection made before');
          if (hook === 'forward')
            assertOutcome(after, turned(packet), expected, 'reply of a connection made before');
          if (expected !== 'accept') stopped++;
        }
        connections = [...connections, ...opened(after, snapshot, one.plans, [...world.values()])];
      });
    },
  });
  if (tried >= 500) assert.ok(stopped > 0, 'no permission was ever taken away: the property says nothing');
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
        for (const { flow, hook, ctMark } of connections) {
          const packet = { ...firstPacket(flow, hook), state: 'established', ctMark } as const;
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

/** Connections that a ruleset lets through the node, or to it, now. */
function opened(
  ruleset: Ruleset,
  snapshot: Snapshot,
  plans: readonly FlowPlan[],
  objects: Parameters<typeof flowAmong>[0],
): Connection[] {
  return plans.flatMap((plan) => {
    const flow = flowAmong(objects, plan);
    const hook = hookOf(snapshot, flow);
    if (!hook) return [];
    const { verdict, ctMark } = simulate(ruleset, firstPacket(flow, hook));
    return verdict === 'accept' ? [{ flow, hook, ctMark }] : [];
  });
}

test.run();
