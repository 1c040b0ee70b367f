import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createFakeQueue,
  createLoop,
  type FakeQueue,
  type JudgeModule,
  type Judgement,
  type Loop,
  type MarkedAccept,
  type Tell,
  TRAFFIC_FAMILIES,
  TRAFFIC_PROTOCOLS,
  TRAFFIC_TIMES,
  type Traffic,
} from '../../src/index.ts';
import { ipv4, ipv6, tcp, udp } from '../support/packets.ts';

interface Bench {
  readonly queue: FakeQueue;
  readonly loop: Loop;
  /** Milliseconds. */
  readonly clock: { now: number };
}

interface Limits {
  readonly holdLimit?: number;
  readonly holdLimitPerSource?: number;
  readonly tell?: Tell;
  readonly onWoken?: () => void;
}

function bench(judge: JudgeModule, { holdLimit = 10, ...rest }: Limits = {}): Bench {
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
    ...rest,
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
  const { queue, loop } = bench({ judge: () => 'hold' }, { holdLimit: 2 });
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

test('no source is held more often than its share, in either family, and its places come free again', () => {
  const { queue, loop, clock } = bench(byPort(), { holdLimit: 100, holdLimitPerSource: 2 });
  const from = (source: string): number | undefined =>
    queue.inject(ipv4({ protocol: 17, source }, udp(1000, 3)));
  const from6 = (source: string): number | undefined =>
    queue.inject(ipv6({ next: 17, source: source.padStart(32, '0') }, udp(1000, 3)));
  for (let i = 0; i < 4; i++) from('10.0.0.1');
  for (let i = 0; i < 3; i++) from6('aa');
  from('10.0.0.2');
  from6('bb');
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['3 drop', '4 drop', '7 drop']);
  assert.equal([loop.holding, loop.counters.sourceHoldsRefused, loop.counters.holdsRefused], [6, 3, 0]);
  clock.now = 1000;
  loop.turn(0);
  from('10.0.0.1');
  loop.turn(0);
  assert.is(loop.holding, 1);
  loop.update([[3, 'accept']]);
  assert.is(loop.holding, 0);
  loop.update([[3, 'hold']]);
  for (let i = 0; i < 2; i++) from('10.0.0.1');
  loop.turn(0);
  assert.equal([loop.holding, loop.counters.sourceHoldsRefused], [2, 3]);
});

test('an accept may mark the connection, also that of a held packet', () => {
  const marked: MarkedAccept = { verdict: 'accept', connectionMark: { value: 0x00100000, mask: 0xfff00000 } };
  const table = byPort();
  table.known.set(5, marked);
  const { queue, loop, clock } = bench({ ...table, expire: () => marked });
  for (const port of [1, 5, 1, 3, 4]) queue.inject(to(port));
  loop.turn(0);
  loop.update([[3, marked]]);
  clock.now = 1000;
  loop.turn(0);
  queue.flush();
  const plain = queue.answers.filter(({ connection }) => connection === undefined);
  assert.equal(
    plain.map(({ id }) => id),
    [1, 3],
  );
  const others = queue.answers.filter(({ connection }) => connection !== undefined);
  assert.equal(
    others.map(({ id }) => id),
    [2, 4, 5],
  );
  for (const { verdict, connection } of others) assert.equal({ verdict, connectionMark: connection }, marked);
  assert.is(loop.counters.accepted, 5);
});

test('a mark that is none costs its packet only', () => {
  const odd: readonly unknown[] = [
    { verdict: 'accept' },
    { verdict: 'accept', connectionMark: {} },
    { verdict: 'accept', connectionMark: { value: 1.5, mask: 1 } },
    { verdict: 'accept', connectionMark: { value: 1, mask: Number.NaN } },
    { verdict: 'drop', connectionMark: { value: 1, mask: 1 } },
    null,
    [],
  ];
  const { queue, loop } = bench({ judge: (packet) => odd[packet.destinationPort] as Judgement });
  for (const port of odd.keys()) queue.inject(to(port));
  loop.turn(0);
  queue.flush();
  assert.ok(queue.answers.every(({ verdict }) => verdict === 'drop'));
  assert.equal([queue.answers.length, loop.counters.judgeErrors], [odd.length, odd.length]);
});

test('the judge may speak once a turn and after an update; what is refused it keeps', () => {
  const box: string[] = [];
  const told: unknown[] = [];
  let reads = true;
  const { queue, loop } = bench(
    {
      judge: (packet) => {
        box.push(`packet ${packet.destinationPort}`);
        return 'accept';
      },
      update: (state) => void box.push(`update ${state}`),
      outbox: (tell) => {
        while (box.length > 0 && tell(box[0])) box.shift();
      },
    },
    { tell: (message) => reads && told.push(message) > 0 },
  );
  queue.inject(to(1));
  queue.inject(to(2));
  loop.turn(0);
  assert.equal(told, ['packet 1', 'packet 2']);
  reads = false;
  queue.inject(to(3));
  loop.turn(0);
  loop.turn(0);
  reads = true;
  loop.update('news');
  assert.equal(told, ['packet 1', 'packet 2', 'packet 3', 'update news']);
  assert.equal([loop.counters.told, loop.counters.tellsRefused], [4, 2]);
});

test('what wakes the queue is known when the packets are judged that came with it', () => {
  const judge = byPort();
  const { queue, loop } = bench(judge, { onWoken: () => judge.known.set(3, 'accept') });
  queue.inject(to(3));
  queue.wake();
  loop.turn(0);
  loop.turn(0);
  assert.equal(given(queue), ['1 accept']);
});

test('an update amid a turn settles held packets, and each packet of the batch once', () => {
  const judge = byPort();
  const made: Bench = bench(judge, {
    onWoken: () => made.loop.update([[3, 'drop']]),
  });
  const { queue, loop } = made;
  queue.inject(to(3));
  loop.turn(0);
  queue.inject(to(1));
  queue.inject(to(3));
  queue.wake();
  loop.turn(0);
  loop.turn(0);
  assert.equal(given(queue), ['1 drop', '2 accept', '3 drop']);
  assert.equal(queue.waiting, []);
});

test('an outbox that throws costs no packet', () => {
  const outbox = (): never => {
    throw new Error('no');
  };
  const { queue, loop } = bench({ judge: () => 'accept', outbox }, { tell: () => true });
  queue.inject(to(1));
  loop.turn(0);
  queue.flush();
  assert.equal(given(queue), ['1 accept']);
  assert.is(loop.counters.judgeErrors, 1);
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

/** What is not zero, as `IPv4 TCP accepted 1`. */
function trafficOf({ accepted, dropped }: Traffic): readonly string[] {
  return Object.entries({ accepted, dropped }).flatMap(([verdict, counts]) =>
    TRAFFIC_FAMILIES.flatMap((family, f) =>
      TRAFFIC_PROTOCOLS.flatMap((protocol, p) => {
        const count = counts[f * TRAFFIC_PROTOCOLS.length + p] as number;
        return count === 0 ? [] : [`${family} ${protocol} ${verdict} ${count}`];
      }),
    ),
  );
}

test('packets are counted by family, protocol and verdict; what cannot be read has no protocol', () => {
  const { queue, loop } = bench(byPort());
  for (const port of [1, 1, 2]) queue.inject(to(port));
  queue.inject(ipv4({ protocol: 6 }, tcp(1000, 1)));
  queue.inject(ipv6({ next: 17 }, udp(1000, 2)));
  queue.inject(ipv4({ protocol: 47 }, Buffer.alloc(8)));
  queue.inject(Buffer.from([0x45, 0]));
  loop.turn(0);
  assert.equal(trafficOf(loop.traffic), [
    'IPv4 TCP accepted 1',
    'IPv4 UDP accepted 2',
    'IPv4 UDP dropped 1',
    'IPv6 UDP dropped 1',
  ]);
});

test('a held packet is counted once, with the time until its verdict', () => {
  const { queue, loop, clock } = bench(byPort(), { holdLimit: 2 });
  for (let i = 0; i < 3; i++) queue.inject(to(3));
  loop.turn(0);
  assert.equal(trafficOf(loop.traffic), ['IPv4 UDP dropped 1'], 'there is no place for the third');
  clock.now += 40;
  queue.inject(to(4));
  loop.update([[3, 'accept']]);
  assert.equal(trafficOf(loop.traffic), ['IPv4 UDP accepted 2', 'IPv4 UDP dropped 1']);
  const { times, timeSums } = loop.traffic;
  assert.is(timeSums[1], 80_000, 'microseconds, of IPv4 UDP');
  assert.is(times[TRAFFIC_TIMES.length + 1 + TRAFFIC_TIMES.indexOf(50_000)], 2);
  loop.turn(0);
  clock.now += 1000;
  loop.turn(0);
  assert.equal(trafficOf(loop.traffic), ['IPv4 UDP accepted 2', 'IPv4 UDP dropped 2'], 'at the deadline');
  assert.is(timeSums[1], 1_080_000);
});

test.run();
