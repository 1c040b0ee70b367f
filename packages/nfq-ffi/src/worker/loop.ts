import type { Verdict } from '../netlink/verdict.ts';
import { createPacket } from '../packet/packet.ts';
import { parsePacket } from '../packet/parse.ts';
import { Parse } from '../packet/result.ts';
import type { Queue } from '../queue/queue.ts';
import { countUnjudgeable, createWorkerCounters, type WorkerCounters } from './counters.ts';
import { createHolds, type HeldPacket } from './holds.ts';
import {
  type Direction,
  isSettlement,
  type JudgeModule,
  type Judgement,
  type Settlement,
  type Tell,
} from './judge.ts';
import { createOutbox } from './outbox.ts';
import { createTrafficCounter, type Traffic, trafficGroup } from './traffic.ts';

export interface LoopOptions {
  readonly queue: Queue;
  readonly judge: JudgeModule;
  readonly direction: Direction;
  /** For a packet that cannot be judged. */
  readonly failVerdict: Verdict;
  /** How long a packet may be held, milliseconds. */
  readonly holdMs: number;
  /** How many packets may be held at once. */
  readonly holdLimit: number;
  /** How many of them may come from one source address. */
  readonly holdLimitPerSource: number;
  /** Where the judge's messages go; default nowhere, and its `outbox` is not called. */
  readonly tell?: Tell;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Is called when the queue was woken, before the packets that came meanwhile are judged: by what is known then. */
  readonly onWoken?: () => void;
}

/** Moves packets from a queue to a judge and verdicts back. Every packet gets exactly one, whatever is in it. */
export interface Loop {
  readonly counters: Readonly<WorkerCounters>;
  readonly traffic: Traffic;
  readonly holding: number;
  /** Receives once, waiting up to `timeoutMs` or the next deadline; answers; returns the number of packets. */
  turn(timeoutMs: number): number;
  /** Gives the judge new state and asks it again about the held packets. */
  update(state: unknown): void;
  /** Answers what waits in the queue, at most about `limit` packets as new ones keep coming, and everything held as at its deadline. */
  drain(limit: number): void;
}

export function createLoop(options: LoopOptions): Loop {
  const { queue, judge, direction, failVerdict, holdMs, now } = options;
  const packet = createPacket();
  const holds = createHolds(options.holdLimit, options.holdLimitPerSource);
  const counters = createWorkerCounters();
  const { traffic, note } = createTrafficCounter();
  /** Whether the packet that was assessed last could be read. */
  let isRead = false;
  /** Packets of a batch that got a verdict at once: twice the group, and one more for those accepted. */
  const settled: number[] = [];
  const noteSettled = (settlement: Settlement): void => {
    if (isRead) settled.push(2 * trafficGroup(packet) + Number(settlement !== 'drop'));
  };
  const noteHeld = ({ deadline }: HeldPacket, settlement: Settlement): void =>
    note(trafficGroup(packet), settlement !== 'drop', (now() - deadline + holdMs) * 1000);

  const fail = (): Verdict => {
    counters.judgeErrors++;
    return failVerdict;
  };

  const assess = (bytes: Uint8Array, offset: number, length: number): Judgement => {
    const parse = parsePacket(bytes, offset, length, packet);
    isRead = parse === Parse.OK;
    if (parse !== Parse.OK) {
      countUnjudgeable(counters, parse);
      return failVerdict;
    }
    try {
      const judgement = judge.judge(packet, direction);
      return judgement === 'hold' || isSettlement(judgement) ? judgement : fail();
    } catch {
      return fail();
    }
  };

  const answer = (id: number, settlement: Settlement): void => {
    if (settlement === 'drop') counters.dropped++;
    else counters.accepted++;
    if (typeof settlement === 'string') queue.answer(id, settlement);
    else queue.answer(id, settlement.verdict, undefined, settlement.connectionMark);
  };

  const expire = (held: HeldPacket): void => {
    counters.expired++;
    // It parsed when it came, so it parses now.
    parsePacket(held.bytes, 0, held.bytes.length, packet);
    const verdict = expiredVerdict();
    noteHeld(held, verdict);
    answer(held.id, verdict);
  };

  const expiredVerdict = (): Settlement => {
    if (!judge.expire) return failVerdict;
    try {
      const verdict = judge.expire(packet, direction);
      return isSettlement(verdict) ? verdict : fail();
    } catch {
      return fail();
    }
  };

  /** Holds the packet that was judged last. */
  const hold = (id: number, bytes: Uint8Array): void => {
    const source = packet.family === 4 ? String(packet.source[0]) : packet.source.join();
    switch (holds.add({ id, bytes, source, deadline: now() + holdMs })) {
      case 'held':
        counters.held++;
        return;
      case 'full':
        counters.holdsRefused++;
        break;
      case 'source':
        counters.sourceHoldsRefused++;
    }
    noteSettled(failVerdict);
    answer(id, failVerdict);
  };

  const speak = createOutbox(judge, counters, options.tell);

  /** A look at the clock costs as much as a packet: each of a batch is given its share. */
  const noteBatch = (microsecondsEach: number): void => {
    for (const one of settled) note(one >> 1, (one & 1) === 1, microsecondsEach);
    settled.length = 0;
  };

  const turn = (timeoutMs: number): number => {
    const wait = holds.size === 0 ? timeoutMs : Math.min(timeoutMs, Math.max(0, holds.nextDeadline - now()));
    const { count, ids, bytes, offsets, lengths } = queue.receive(wait);
    counters.packets += count;
    if (queue.woken) options.onWoken?.();
    const began = count === 0 ? 0 : now();
    for (let i = 0; i < count; i++) {
      const id = ids[i] as number;
      const offset = offsets[i] as number;
      const length = lengths[i] as number;
      const judgement = assess(bytes, offset, length);
      if (judgement === 'hold') hold(id, bytes.slice(offset, offset + length));
      else {
        noteSettled(judgement);
        answer(id, judgement);
      }
    }
    if (count > 0) noteBatch(((now() - began) * 1000) / count);
    if (holds.size > 0) for (const held of holds.takeExpired(now())) expire(held);
    speak();
    return count;
  };

  return {
    counters,
    traffic,
    get holding() {
      return holds.size;
    },
    turn,
    update(state) {
      // Taking state may last; nobody should wait for a verdict that is already known.
      queue.flush();
      counters.updates++;
      judge.update?.(state);
      holds.sweep((held) => {
        const judgement = assess(held.bytes, 0, held.bytes.length);
        if (judgement === 'hold') return false;
        noteHeld(held, judgement);
        answer(held.id, judgement);
        return true;
      });
      speak();
    },
    drain(limit) {
      for (let left = limit, count = 1; left > 0 && count > 0; left -= count) count = turn(0);
      for (const held of holds.takeExpired(Number.POSITIVE_INFINITY)) expire(held);
      queue.flush();
    },
  };
}
