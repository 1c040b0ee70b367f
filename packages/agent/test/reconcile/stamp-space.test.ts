/** Generation numbers come again only when no connection bears them any more. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { StampSpace } from '../../src/reconcile/stamp-space.ts';
import { newStats } from '../../src/reconcile/stats.ts';
import { FakeClock } from './support.ts';

/** Connections with the generation that they bear, and the clearing that an agent's conntrack does. */
function world(size: number, clear?: () => void) {
  const stats = newStats();
  const clock = new FakeClock();
  const borne = new Set<number>();
  let current = 1;
  const space = new StampSpace(
    size,
    async () => {
      clear?.();
      const kept = current;
      await Promise.resolve();
      const before = borne.size;
      for (const generation of borne) if (generation !== kept) borne.delete(generation);
      return before - borne.size;
    },
    clock,
    stats,
  );
  const move = async (): Promise<void> => {
    const next = (current % size) + 1;
    await space.admit(next);
    current = next;
    if (stats.unsafeWraps === 0) assert.not.ok(borne.has(current), `generation ${current} is still borne`);
    borne.add(current);
    space.entered(current);
  };
  return { stats, clock, borne, space, move };
}

for (const size of [3, 15, 255])
  test(`of ${size} generations none comes again while a connection bears it`, async () => {
    const { stats, space, move } = world(size);
    for (let i = 0; i < 5 * size; i++) await move();
    await space.settled();
    assert.is(stats.unsafeWraps, 0);
    assert.ok(stats.stampClears >= 5);
    assert.ok(stats.clearedStamps > 0);
    assert.ok(stats.stampClears <= 20 + size, 'not at every move');
  });

test('numbers that failed commits have left out count as passed', async () => {
  const stats = newStats();
  let clears = 0;
  const space = new StampSpace(100, async () => ++clears, new FakeClock(), stats);
  await space.admit(10);
  space.entered(10);
  await space.settled();
  assert.is(clears, 1);
  await space.admit(50);
  space.entered(50);
  await space.settled();
  assert.is(clears, 1);
  await space.admit(49);
  assert.is(clears, 2, '49 may still be borne since the first clearing');
  await space.admit(50);
  assert.is(clears, 2, 'to stay is no move');
});

test('what cannot be cleared does not stop a revocation, but is counted', async () => {
  const { stats, space, move } = world(15, () => {
    throw new Error('no conntrack');
  });
  for (let i = 0; i < 40; i++) await move();
  await space.settled();
  assert.ok(stats.unsafeWraps > 0);
  assert.ok(stats.failedStampClears > 0);
  assert.is(stats.lastError, 'no conntrack');
});

test('clearing that failed is tried again later', async () => {
  let broken = true;
  const { stats, clock, space, move } = world(4095, () => {
    if (broken) throw new Error('no conntrack');
  });
  await move();
  await space.settled();
  assert.is(stats.failedStampClears, 1);
  broken = false;
  await move();
  assert.is(stats.stampClears, 0, 'not at once');
  await clock.advance(6_000);
  await move();
  await space.settled();
  assert.is(stats.stampClears, 1);
  assert.is(stats.unsafeWraps, 0);
});

test.run();
