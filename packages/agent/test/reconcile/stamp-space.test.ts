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
    await space.beforeMove();
    current = (current % size) + 1;
    if (stats.unsafeWraps === 0) assert.not.ok(borne.has(current), `generation ${current} is still borne`);
    borne.add(current);
    space.moved();
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
