/** When what is written. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Outcome, WriteQueue } from '../../src/status/write-queue.ts';
import { HASTY } from './support.ts';

/** A clock that a test moves; what is due runs in order, and what follows from it has its turn. */
class Hand {
  readonly #due = new Set<{ readonly at: number; readonly run: () => void }>();
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const entry = { at: this.#now + ms, run };
    this.#due.add(entry);
    return () => void this.#due.delete(entry);
  }

  async move(to: number): Promise<void> {
    for (;;) {
      const [next] = [...this.#due].filter(({ at }) => at <= to).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#due.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = to;
  }
}

function bench(allowance = HASTY.allowance) {
  const clock = new Hand();
  const pace = { ...HASTY, allowance, backoff: { first: 100, longest: 1000 }, random: () => 0 };
  const queue = new WriteQueue(clock, pace);
  const written: string[] = [];
  const write =
    (name: string, outcome: Outcome = { is: 'done' }) =>
    async (): Promise<Outcome> => {
      written.push(`${name} ${clock.now()}`);
      return outcome;
    };
  return { clock, queue, written, write };
}

test('each at its moment, whatever the order of asking, and earlier when asked again', async () => {
  const { clock, queue, written, write } = bench();
  queue.add('late', 300, write('late'));
  queue.add('soon', 100, write('soon'));
  queue.add('hurried', 900, write('hurried'));
  queue.add('hurried', 200, write('hurried'));
  queue.add('dropped', 50, write('dropped'));
  queue.drop('dropped');
  await clock.move(2000);
  assert.equal(written, ['soon 100', 'hurried 200', 'late 300']);
});

test('no more than allowed, in bursts and in the long run', async () => {
  const { clock, queue, written, write } = bench({ burst: 2, every: 1000 });
  for (const name of ['a', 'b', 'c', 'd']) queue.add(name, 0, write(name));
  await clock.move(0);
  assert.equal(written, ['a 0', 'b 0']);
  await clock.move(10_000);
  assert.equal(written.slice(2), ['c 1000', 'd 2000']);
});

test('a failure waits longer each time, at least as long as the server asks, and is not hurried', async () => {
  const { clock, queue, written, write } = bench();
  queue.add('a', 0, write('a', { is: 'retry', after: 0 }));
  queue.add('b', 0, write('b', { is: 'retry', after: 5000 }));
  await clock.move(50);
  queue.add('a', 0, write('a'));
  await clock.move(1600);
  assert.equal(written, ['a 0', 'b 0', 'a 100', 'a 300', 'a 700', 'a 1500']);
  await clock.move(5100);
  assert.ok(written.includes('b 5000'));
});

test('what is asked for during a write is written after it', async () => {
  const { clock, queue, written, write } = bench();
  queue.add('a', 0, async () => {
    queue.add('a', 10, write('again'));
    return { is: 'done' };
  });
  await clock.move(100);
  assert.equal(written, ['again 10']);
});

test('thousands at once take no time worth noting', () => {
  const { queue, write } = bench();
  const started = performance.now();
  for (let index = 0; index < 20_000; index++) queue.add(`policy-${index}`, 1000 - index / 100, write(''));
  assert.ok(performance.now() - started < 500);
});

test('nothing is written after stop', async () => {
  const { clock, queue, written, write } = bench();
  queue.add('a', 10, write('a'));
  await queue.stop();
  queue.add('b', 0, write('b'));
  await clock.move(1000);
  assert.equal(written, []);
});

test.run();
