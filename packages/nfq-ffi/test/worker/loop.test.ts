import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createFakeQueue,
  createLoop,
  type FakeQueue,
  type JudgeModule,
  type Judgement,
  type Loop,
} from '../../src/index.ts';
import { ipv4, tcp, udp } from '../support/packets.ts';

interface Bench {
  readonly queue: FakeQueue;
  readonly loop: Loop;
  /** Milliseconds. */
  readonly clock: { now: number };
}

function bench(judge: JudgeModule, holdLimit = 10): Bench {
  const queue = createFakeQueue({ number: 0 });
  const clock = { now: 0 };
  const loop = createLoop({
    queue,
    judge,
    direction: 'original',
    failVerdict: 'drop',
    holdMs: 1000,
    holdLimit,
    holdLimitPerSource: holdLimit,
    now: () => clock.now,
  });
  return { queue, loop, clock };
}

const to = (port: number): Buffer => ipv4({ protocol: 17 }, udp(1000, port));
const given = (queue: FakeQueue): readonly string[] =>
  queue.answers.map(({ id, verdict }) => `${id} ${verdict}`);

/** Judges by port: 1 accept, 2 drop, others as the table says, else hold. */
function byPort(): JudgeModule & { known: Map<number, Judgement> } {
  const known = new Map<number, Judgement>([
    [1, 'accept'],
    [2, 'drop'],
  ]);
  return {
    known,
    judge: (packet) => known.get(packet.destinationPort) ?? 'hold',
    update: (state) => {
      for (const [port, judgement] of state as [number, Judgement][]) known.set(port, judgement);
    },
  };
}

test('the judge sees the parsed packet and the direction', () => {
  const seen: unknown[] = [];
  const { queue, loop } = bench({
    judge: (packet, direction) => {
      seen.push([packet.family, packet.protocol, packet.destinationPort, packet.tcpFlags, direction]);
      return 'accept';
    },
  });
  queue.inject(ipv4({ protocol: 6 }, tcp(1, 443)));
  loop.turn(0);
  assert.equal(seen, [[4, 6, 443, 2, 'original']]);
});

test('accept and drop', () => {
  const { queue, loop } = bench(byPort());
  for (const port of [1, 2, 1]) queue.inject(to(port));
  assert.is(loop.turn(0), 3);
  queue.flush();
  assert.equal(given(queue), ['1 accept', '2 drop', '3 accept']);
  const { packets, accepted, dropped } = loop.counters;
  assert.equal({ packets, accepted, dropped }, { packets: 3, accepted: 2, dropped: 1 });
});

test('a held packet is judged again when an update comes', () => {
  const { queue, loop } = bench(byPort());
  queue.inject(to(3));
  queue.inject(to(1));
  queue.inject(to(4));
  loop.turn(0);
  loop.turn(0);
  assert.equal(given(queue), ['2 accept']);
  assert.is(loop.holding, 2);
  loop.update([[4, 'accept']]);
  queue.flush();
  assert.equal(given(queue), ['2 accept', '3 accept']);
  loop.update([[3, 'drop']]);
  queue.flush();
  assert.equal(given(queue), ['2 accept', '3 accept', '1 drop']);
  assert.is(loop.holding, 0);
  assert.is(loop.counters.held, 2);
});

test('a held packet is judged by its own bytes, not by what came after it', () => {
  const ports: number[] = [];
  const { queue, loop } = bench({
    judge: (packet) => {
      ports.push(packet.destinationPort);
      return 'hold';
    },
  });
  queue.inject(to(7));
  loop.turn(0);
  queue.inject(to(8));
  loop.turn(0);
  ports.length = 0;
  loop.update(undefined);
  assert.equal(ports, [7, 8]);
});

test('at its deadline a held packet gets the fail verdict', () => {
  const { queue, loop, clock } = bench(byPort());
  queue.inject(to(3));
  loop.turn(0);
  clock.now = 999;
  loop.turn(0);
  assert.is(loop.holding, 1);
  clock.now = 1000;
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['1 drop']);
  assert.is(loop.counters.expired, 1);
});

test('at its deadline a held packet gets the verdict of expire, where the judge has one', () => {
  const { queue, loop, clock } = bench({
    judge: () => 'hold',
    expire: (packet) => (packet.destinationPort === 3 ? 'accept' : 'drop'),
  });
  queue.inject(to(3));
  queue.inject(to(4));
  loop.turn(0);
  clock.now = 1000;
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['1 accept', '2 drop']);
});

test('no more than the limit is held; the rest gets the fail verdict at once', () => {
  const { queue, loop } = bench({ judge: () => 'hold' }, 2);
  for (let i = 0; i < 5; i++) queue.inject(to(3));
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['3 drop', '4 drop', '5 drop']);
  assert.is(loop.counters.holdsRefused, 3);
});

test('what cannot be parsed gets the fail verdict, counted by reason, and never reaches the judge', () => {
  const { queue, loop } = bench({
    judge: () => {
      throw new Error('not for the judge');
    },
  });
  queue.inject(Buffer.alloc(0));
  queue.inject(Buffer.alloc(20));
  queue.inject(to(1).subarray(0, 24));
  queue.inject(ipv4({ protocol: 17, fragment: 8 }, udp(1, 2)));
  queue.inject(ipv4({ protocol: 17, totalLength: 10 }, udp(1, 2)));
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['1 drop', '2 drop', '3 drop', '4 drop', '5 drop']);
  assert.equal(loop.counters.unjudgeable, { truncated: 2, badVersion: 1, badLength: 1, laterFragment: 1 });
  assert.is(loop.counters.judgeErrors, 0);
});

test('a judge that throws or talks nonsense costs its packet only', () => {
  const { queue, loop } = bench({
    judge: (packet) => {
      if (packet.destinationPort === 2) throw new Error('no');
      return (packet.destinationPort === 3 ? 'maybe' : 'accept') as Judgement;
    },
  });
  for (const port of [1, 2, 3, 4]) queue.inject(to(port));
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['1 accept', '2 drop', '3 drop', '4 accept']);
  assert.is(loop.counters.judgeErrors, 2);
});

test('drain answers what waits and what is held', () => {
  const { queue, loop } = bench(byPort());
  queue.inject(to(3));
  loop.turn(0);
  for (let i = 0; i < 150; i++) queue.inject(to(1));
  loop.drain(8192);
  assert.equal(queue.waiting, []);
  assert.is(queue.answers.length, 151);
  assert.is(loop.counters.expired, 1);
});

test('drain ends although packets keep coming', () => {
  const { queue, loop } = bench({
    judge: () => {
      queue.inject(to(1));
      return 'accept';
    },
  });
  queue.inject(to(1));
  loop.drain(100);
  assert.ok(queue.answers.length >= 100 && queue.answers.length < 200, `${queue.answers.length} answers`);
});

test.run();
