/** Judging with what the agent tells a worker is what the policies say, at every moment of a cluster's history. */
import {
  type Address,
  addressValue,
  addressWords,
  Compiler,
  cidrHolds,
  familyOf,
  idOf,
  type Judgement,
  type JudgeView,
  type ModelObject,
  Snapshot,
} from '@kncompile/compiler';
import { describeFlow } from '@kncompile/compiler/test/property/describe.ts';
import { LOCAL_NODE } from '@kncompile/compiler/test/property/generate/alphabet.ts';
import { happen, worldOf } from '@kncompile/compiler/test/property/generate/events.ts';
import { type Flow, flowAmong } from '@kncompile/compiler/test/property/generate/packets.ts';
import { isConcerned, OPTIONS } from '@kncompile/compiler/test/property/judged-flow.ts';
import { cases, describe } from '@kncompile/compiler/test/property/play.ts';
import { holds } from '@kncompile/compiler/test/property/run.ts';
import { createPacket, type Direction, type Packet } from '@kncompile/nfq-ffi';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PacketJudge } from '../../src/judge/judgement.ts';
import { Knowledge } from '../../src/judge/knowledge.ts';
import { RowCache } from '../../src/judge/row-cache.ts';
import { REASONS } from '../../src/judge/verdict-reasons.ts';

/** A worker's judge without the worker; rows that it lacks are fetched at once. */
class Judge {
  readonly knowledge = new Knowledge(() => 1);
  readonly #rows = new RowCache();
  readonly #view: JudgeView;
  readonly #judge: PacketJudge;
  readonly names = new Map<number, string>();
  learned: string[] = [];
  #missed = false;

  constructor(view: JudgeView) {
    this.#view = view;
    this.#judge = new PacketJudge(this.knowledge, this.#rows, {
      unknown: (_family, address) => this.learned.push(address.join(' ')),
      row: (side, profile) => {
        const row = view.row(side, profile);
        if (!row) throw new Error(`no row for side ${side} and profile ${profile}`);
        for (const { id, policy, rule } of row.reasons) this.names.set(id, nameOf(policy, rule));
        this.#rows.put(side, profile, row.parts);
        this.#missed = true;
      },
    });
  }

  follow(): void {
    const delta = this.#view.takeDelta();
    if (delta) this.knowledge.take(structuredClone(delta));
  }

  judge(
    packet: Packet,
    direction: Direction,
    isLast: boolean,
  ): { verdict: string; reason: string; by: string } {
    for (;;) {
      this.#missed = false;
      this.learned = [];
      const { verdict, reason, reasonId } = this.#judge.judge(packet, direction, isLast);
      if (!this.#missed)
        return {
          verdict,
          reason: REASONS[reason] ?? '',
          by: reasonId === 0 ? '' : (this.names.get(reasonId) ?? '?'),
        };
    }
  }
}

function nameOf(
  policy?: { kind: string; namespace: string; name: string },
  rule?: { index: number },
): string {
  return policy ? `${policy.kind} ${policy.namespace}/${policy.name} ${rule?.index ?? 'isolates'}` : '';
}

function packetOf(flow: Flow, direction: Direction): Packet {
  const packet = createPacket();
  const isReply = direction === 'reply';
  packet.family = familyOf(flow.source);
  (isReply ? packet.destination : packet.source).set(addressWords(flow.source));
  (isReply ? packet.source : packet.destination).set(addressWords(flow.destination));
  packet.protocol = flow.protocol;
  packet.sourcePort = isReply ? flow.destinationPort : flow.sourcePort;
  packet.destinationPort = isReply ? flow.sourcePort : flow.destinationPort;
  return packet;
}

function check(judge: Judge, objects: readonly ModelObject[], flows: readonly Flow[]): void {
  const snapshot = new Snapshot(objects);
  for (const flow of flows) {
    const { source, destination, protocol, destinationPort: port } = flow;
    const expected = snapshot.judge(LOCAL_NODE, { source, destination, protocol, port });
    for (const direction of ['original', 'reply'] as const) {
      const about = `${direction} ${describeFlow(flow)}`;
      const last = judge.judge(packetOf(flow, direction), direction, true);
      assert.is(last.verdict, expected.verdict === 'allow' ? 'accept' : 'drop', about);
      assert.is(last.reason === 'unknown_name', expected.verdict === 'unresolved', about);
      if (expected.verdict === 'deny') {
        const denied = [expected.ingress, expected.egress].find((part) => part?.verdict === 'deny');
        assert.is(last.by, nameOf(denied?.reason.policy, denied?.reason.rule), about);
      }
      const now = judge.judge(packetOf(flow, direction), direction, false);
      assert.is(now.verdict === 'hold', isHeld(snapshot, flow, expected), `held: ${about}`);
      if (now.verdict !== 'hold') assert.equal(now, last, `at once and at last: ${about}`);
    }
  }
}

/** Whether a packet waits: somebody unknown makes a difference, and nobody known forbids it. */
function isHeld(snapshot: Snapshot, { source, destination }: Flow, { egress, ingress }: Judgement): boolean {
  const { nodes, policies } = snapshot.cluster;
  if (source === destination || policies.length === 0) return false;
  const isUnknown = (address: Address, own: boolean): boolean =>
    !snapshot.cluster.podsByAddress.has(address) &&
    nodes.some(
      ({ name, podCidrs }) =>
        (!own || name === LOCAL_NODE) &&
        podCidrs.some((cidr) => cidrHolds(cidr, { family: familyOf(address), value: addressValue(address) })),
    );
  const asks = (direction: 'egress' | 'ingress', judged: unknown): boolean =>
    judged !== undefined && isConcerned(snapshot, direction === 'egress' ? source : destination, direction);
  const waitsFor = {
    egress: asks('egress', egress) && isUnknown(destination, false),
    ingress: asks('ingress', ingress) && isUnknown(source, false),
  };
  const isDenied =
    (egress?.verdict === 'deny' && !waitsFor.egress) || (ingress?.verdict === 'deny' && !waitsFor.ingress);
  return (
    !isDenied &&
    (waitsFor.egress || waitsFor.ingress || isUnknown(source, true) || isUnknown(destination, true))
  );
}

test('at every commit a worker that followed, and one that starts, judge as the policies say', () => {
  holds({
    values: cases,
    describe,
    share: 0.25,
    check: ({ start, batches, plans, cellBudget }) => {
      const compiler = new Compiler({ ...OPTIONS, cellBudget });
      const view = compiler.judgeView();
      const follower = new Judge(view);
      const world = worldOf(start);
      for (const object of start) compiler.set(object);
      for (const batch of [[], ...batches]) {
        for (const event of batch) {
          const result = happen(world, event);
          if (result && 'gone' in result) compiler.delete(idOf(result.gone));
          else if (result) compiler.set(result.set);
        }
        compiler.commit();
        follower.follow();
        const objects = [...world.values()];
        const flows = plans.map((plan) => flowAmong(objects, plan));
        check(follower, objects, flows);
        const starter = new Judge(view);
        starter.knowledge.take(structuredClone(view.all()));
        check(starter, objects, flows);
        assert.equal(tablesOf(follower), tablesOf(starter));
      }
    },
  });
});

function tablesOf({ knowledge }: Judge): unknown {
  return { stamp: knowledge.stamp, mask: knowledge.stampMask };
}

test.run();
