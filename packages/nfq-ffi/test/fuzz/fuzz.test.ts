/** 50,000 packets and as many netlink messages, or as many as NFQ_FUZZ says; NFQ_FUZZ_SEED repeats a run. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeQueue, createLoop, type Judgement } from '../../src/index.ts';
import { type Batch, createBatch, createNetlinkCounters } from '../../src/netlink/batch.ts';
import { readDatagram } from '../../src/netlink/read.ts';
import { datagrams, packets } from '../support/corpus.ts';
import { createRandom } from '../support/random.ts';
import { type Summary, summarize } from '../support/summary.ts';
import { generate, mutate } from './mutate.ts';

const COUNT = Number(process.env['NFQ_FUZZ'] ?? 50_000);
const SEED = Number(process.env['NFQ_FUZZ_SEED'] ?? 1);
const corpus = packets.map(({ hex }) => Buffer.from(hex, 'hex'));
const messages = datagrams.map(({ hex }) => Buffer.from(hex, 'hex'));

/** Bytes before and after that differ between two runs: what reads outside its packet gives two answers. */
const MARGIN = 96;
const fills = [0x00, 0x45, 0x60, 0xff];

function embed(bytes: Uint8Array, fill: number): Buffer {
  const around = Buffer.alloc(bytes.length + 2 * MARGIN, fill);
  around.set(bytes, MARGIN);
  return around;
}

function checkPacket(bytes: Uint8Array, fill: number): Summary {
  const alone = summarize(Uint8Array.from(bytes));
  const inside = summarize(embed(bytes, fill), MARGIN, bytes.length);
  assert.equal(inside, alone, `${Buffer.from(bytes).toString('hex')} surrounded by ${fill}`);
  return alone;
}

function read(bytes: Buffer, at: number, length: number): { batch: Batch; counters: object } {
  const batch = createBatch(bytes, 1);
  const counters = createNetlinkCounters();
  readDatagram(at, length, batch, counters);
  return { batch, counters };
}

function checkDatagram(bytes: Uint8Array, fill: number): void {
  const what = Buffer.from(bytes).toString('hex');
  const one = read(embed(bytes, fill), MARGIN, bytes.length);
  const other = read(embed(bytes, ~fill), MARGIN, bytes.length);
  assert.equal(one.counters, other.counters, what);
  assert.is(one.batch.count, other.batch.count, what);
  if (one.batch.count === 0) return;
  for (const column of ['ids', 'marks', 'offsets', 'lengths'] as const) {
    assert.is(one.batch[column][0], other.batch[column][0], `${column} of ${what}`);
  }
  const length = one.batch.lengths[0] as number;
  const offset = one.batch.offsets[0] as number;
  assert.ok(length === 0 || (offset >= MARGIN && offset + length <= MARGIN + bytes.length), what);
}

test('every named packet and message, cut at every byte', () => {
  for (const bytes of corpus) {
    for (let end = 0; end <= bytes.length; end++) checkPacket(bytes.subarray(0, end), 0xff);
  }
  for (const bytes of messages) {
    for (let end = 0; end <= bytes.length; end++) checkDatagram(bytes.subarray(0, end), 0xff);
  }
});

test(`${COUNT} packets: random, mutated, generated`, () => {
  const random = createRandom(SEED);
  const results = new Map<string, number>();
  for (let i = 0; i < COUNT; i++) {
    const bytes = random.pick([
      () => mutate(random.pick(corpus), random),
      () => generate(random),
      () => mutate(generate(random), random),
      () => random.bytes(random.below(160)),
    ])();
    const { parse } = checkPacket(bytes, random.pick(fills));
    results.set(parse, (results.get(parse) ?? 0) + 1);
  }
  // A run that never reached some outcome tested less than it says.
  assert.is(results.size, 5, JSON.stringify([...results]));
});

test(`${COUNT} netlink messages: mutated`, () => {
  const random = createRandom(SEED + 1);
  for (let i = 0; i < COUNT; i++) checkDatagram(mutate(random.pick(messages), random), random.pick(fills));
});

/** The netlink header, the generic header and the attribute with the id. */
const UP_TO_ID = 16 + 4 + 12;

test(`${COUNT} packets through the loop in damaged messages: one verdict each`, () => {
  const random = createRandom(SEED + 2);
  for (let done = 0; done < COUNT; done += 5000) {
    const queue = createFakeQueue({ number: 3, maximumLength: 10_000 });
    let clock = 0;
    const loop = createLoop({
      queue,
      direction: 'original',
      failVerdict: 'drop',
      holdMs: 20,
      holdLimit: 50,
      holdLimitPerSource: 50,
      now: () => clock,
      judge: {
        judge: () => {
          if (random.below(50) === 0) throw new Error('a judge that fails now and then');
          return random.pick<Judgement>(['accept', 'accept', 'drop', 'hold']);
        },
      },
    });
    const damage = (whole: Uint8Array): Uint8Array => {
      if (random.below(2) === 0) return whole;
      return Uint8Array.of(...whole.subarray(0, UP_TO_ID), ...mutateMessage(whole.subarray(UP_TO_ID)));
    };
    const mutateMessage = (rest: Uint8Array): Uint8Array => mutate(rest, random);
    for (let i = 0; i < 5000; i++) {
      queue.inject(mutate(random.pick(corpus), random), { mangle: damage });
      if (random.below(20) === 0) queue.injectDatagram(mutate(random.pick(messages), random).subarray(0, 15));
      if (random.below(40) === 0) loop.turn(0);
      if (random.below(400) === 0) loop.update(undefined);
      clock++;
    }
    loop.drain(10_000);
    assert.equal(queue.waiting, []);
    assert.is(queue.answers.length, 5000);
    assert.is(new Set(queue.answers.map(({ id }) => id)).size, 5000);
    assert.is(queue.counters.rejected, 0);
    const { packets: seen, accepted, dropped } = loop.counters;
    assert.equal([seen, accepted + dropped], [5000, 5000]);
  }
});

test.run();
