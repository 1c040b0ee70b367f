import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeQueue, type FakeQueue, NfqError, type Verdict } from '../../src/index.ts';
import { ipv4, udp } from '../support/packets.ts';

const packet = (port: number): Buffer => ipv4({ protocol: 17 }, udp(1000, port));

/** Injects packets and receives them; their ids are 1, 2, … */
function filled(count: number, options: { maximumLength?: number; failOpen?: boolean } = {}): FakeQueue {
  const queue = createFakeQueue({ number: 5, ...options });
  for (let i = 0; i < count; i++) queue.inject(packet(i));
  queue.receive(0);
  return queue;
}

const given = (queue: FakeQueue): readonly string[] =>
  queue.answers.map(({ id, verdict, mark }) => `${id} ${verdict}${mark === undefined ? '' : ` ${mark}`}`);

test('a batch is what arrived, 64 at most, in order', () => {
  const queue = createFakeQueue({ number: 1 });
  for (let i = 0; i < 70; i++) queue.inject(packet(i), { mark: i });
  const batch = queue.receive(0);
  assert.is(batch.count, 64);
  assert.equal([...batch.ids.subarray(0, 3)], [1, 2, 3]);
  assert.equal([...batch.marks.subarray(0, 3)], [0, 1, 2]);
  const at = batch.offsets[63] as number;
  assert.equal(Buffer.from(batch.bytes.subarray(at, at + (batch.lengths[63] as number))), packet(63));
  assert.is(queue.receive(0).count, 6);
  assert.is(queue.receive(0).count, 0);
});

test('answers leave with the next receive, or with flush, or with close', () => {
  const queue = filled(3);
  queue.answer(1, 'accept');
  assert.equal(given(queue), []);
  queue.receive(0);
  assert.equal(given(queue), ['1 accept']);
  queue.answer(2, 'drop');
  queue.flush();
  assert.equal(given(queue), ['1 accept', '2 drop']);
  queue.answer(3, 'accept', 9);
  queue.close();
  assert.equal(given(queue), ['1 accept', '2 drop', '3 accept 9']);
});

test('mixed verdicts reach the packets they are for', () => {
  const queue = filled(10);
  const verdicts: readonly Verdict[] = [
    'accept',
    'accept',
    'drop',
    'drop',
    'drop',
    'accept',
    'drop',
    'accept',
    'accept',
    'accept',
  ];
  for (const [index, verdict] of verdicts.entries()) queue.answer(index + 1, verdict);
  queue.flush();
  assert.equal(
    given(queue),
    verdicts.map((verdict, index) => `${index + 1} ${verdict}`),
  );
});

test('a held packet is not answered in the name of later ones', () => {
  const queue = filled(4);
  queue.answer(1, 'accept');
  queue.answer(3, 'accept');
  queue.answer(4, 'accept');
  queue.flush();
  assert.equal(queue.waiting, [2]);
  queue.inject(packet(9));
  queue.receive(0);
  queue.answer(5, 'accept');
  queue.flush();
  assert.equal(queue.waiting, [2]);
  queue.answer(2, 'drop');
  queue.flush();
  assert.equal(given(queue), ['1 accept', '3 accept', '4 accept', '5 accept', '2 drop']);
});

test('packets that nobody answered before the next receive still wait', () => {
  const queue = filled(2);
  queue.inject(packet(9));
  queue.receive(0);
  queue.answer(3, 'accept');
  queue.flush();
  assert.equal(queue.waiting, [1, 2]);
});

test('answers out of order', () => {
  const queue = filled(5);
  for (const id of [4, 2, 5, 1, 3]) queue.answer(id, id % 2 === 0 ? 'accept' : 'drop');
  queue.flush();
  assert.equal(given(queue), ['4 accept', '2 accept', '5 drop', '1 drop', '3 drop']);
});

test('a second answer is refused by the kernel, counted, and changes nothing', () => {
  const queue = filled(3);
  queue.answer(1, 'accept');
  queue.answer(1, 'drop');
  queue.answer(99, 'accept');
  queue.receive(0);
  queue.receive(0);
  assert.equal(given(queue), ['1 accept']);
  assert.equal(queue.waiting, [2, 3]);
  assert.is(queue.counters.rejected, 2);
  assert.is(queue.counters.lastErrno, 2);
});

test('after an unreadable message no packet is answered in the name of another', () => {
  const queue = createFakeQueue({ number: 5 });
  queue.inject(packet(1), { mangle: (datagram) => datagram.subarray(0, 20) });
  queue.inject(packet(2));
  queue.inject(packet(3));
  assert.is(queue.receive(0).count, 2);
  queue.answer(2, 'accept');
  queue.answer(3, 'accept');
  queue.flush();
  assert.equal(given(queue), ['2 accept', '3 accept']);
  assert.equal(queue.waiting, [1]);
});

test('more answers than fit in one message go in several', () => {
  const queue = createFakeQueue({ number: 1 });
  const ids: number[] = [];
  for (let i = 0; i < 1000; i++) queue.inject(packet(i));
  for (let batch = queue.receive(0); batch.count > 0; batch = queue.receive(0)) {
    ids.push(...batch.ids.subarray(0, batch.count));
  }
  for (const id of ids) queue.answer(id, 'accept', id);
  queue.flush();
  assert.is(queue.answers.length, 1000);
  assert.ok(queue.answers.every(({ id, mark }) => id === mark));
});

test('a connection mark goes with its own packet, in the middle of a run of equal verdicts', () => {
  const queue = filled(6);
  const connection = { value: 0x00500000, mask: 0xfff00000 };
  for (const id of [1, 2]) queue.answer(id, 'accept');
  queue.answer(3, 'accept', undefined, connection);
  queue.answer(4, 'accept', 7, connection);
  for (const id of [5, 6]) queue.answer(id, 'accept');
  queue.flush();
  assert.equal(
    queue.answers.map((answer) => [answer.id, answer.verdict, answer.mark, answer.connection]),
    [
      [1, 'accept', undefined, undefined],
      [2, 'accept', undefined, undefined],
      [3, 'accept', undefined, connection],
      [4, 'accept', 7, connection],
      [5, 'accept', undefined, undefined],
      [6, 'accept', undefined, undefined],
    ],
  );
  assert.is(queue.counters.rejected, 0);
});

test('a connection mark has no bits outside its mask, and may be a signed number', () => {
  const queue = filled(2);
  queue.answer(1, 'accept', undefined, { value: 0xffffffff, mask: 0x0ff00000 });
  queue.answer(2, 'accept', undefined, { value: 0xabc00000 | 0, mask: 0xfff00000 | 0 });
  queue.flush();
  assert.equal(
    queue.answers.map(({ connection }) => connection),
    [
      { value: 0x0ff00000, mask: 0x0ff00000 },
      { value: 0xabc00000, mask: 0xfff00000 },
    ],
  );
});

test('a thousand connection marks', () => {
  const queue = createFakeQueue({ number: 1 });
  for (let i = 0; i < 1000; i++) queue.inject(packet(i));
  for (let batch = queue.receive(0); batch.count > 0; batch = queue.receive(0)) {
    for (const id of batch.ids.subarray(0, batch.count)) {
      queue.answer(id, 'accept', id, { value: id, mask: 0xffff });
    }
  }
  queue.flush();
  assert.is(queue.answers.length, 1000);
  assert.ok(queue.answers.every(({ id, mark, connection }) => id === mark && id === connection?.value));
});

test('a full queue drops, or lets pass with failOpen', () => {
  const closed = filled(3, { maximumLength: 2 });
  assert.equal(closed.waiting, [1, 2]);
  assert.is(closed.statistics()?.queueDropped, 1);
  const open = filled(3, { maximumLength: 2, failOpen: true });
  assert.is(open.statistics()?.queueDropped, 0);
});

test('only the copy range is copied', () => {
  const queue = createFakeQueue({ number: 1, copyRange: 64 });
  queue.inject(Buffer.alloc(1500));
  assert.is(queue.receive(0).lengths[0], 64);
});

test('wake is seen once', () => {
  const queue = createFakeQueue({ number: 1 });
  queue.wake();
  queue.receive(0);
  assert.ok(queue.woken);
  queue.receive(0);
  assert.not(queue.woken);
});

test('a closed queue says so', () => {
  const queue = createFakeQueue({ number: 1 });
  queue.close();
  queue.close();
  for (const use of [() => queue.receive(0), () => queue.answer(1, 'drop'), () => queue.flush()]) {
    assert.throws(use, (error: unknown) => error instanceof NfqError && error.code === 'NFQ_CLOSED');
  }
});

test.run();
