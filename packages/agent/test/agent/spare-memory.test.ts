/** When memory is given back: after the start, and where much has come since. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { spareMemory } from '../../src/spare-memory.ts';
import { FakeClock } from '../reconcile/support.ts';

const { gc } = globalThis;
const { rss } = process.memoryUsage;
let resident = 0;
let collections = 0;

test.before.each(() => {
  resident = 300;
  collections = 0;
  process.memoryUsage.rss = () => resident;
  globalThis.gc = (() => {
    collections++;
    resident = 200;
  }) as NonNullable<typeof gc>;
});

test.after.each(() => {
  process.memoryUsage.rss = rss;
  globalThis.gc = gc;
});

const log = { debug: () => undefined };

test('five seconds after the start, then each minute where there is a third more', async () => {
  const clock = new FakeClock();
  const stop = spareMemory(clock, log);
  await clock.advance(4_999);
  assert.is(collections, 0);
  await clock.advance(1);
  assert.is(collections, 1);
  resident = 259;
  await clock.advance(120_000);
  assert.is(collections, 1);
  resident = 260;
  await clock.advance(60_000);
  assert.is(collections, 2);
  resident = 1000;
  stop();
  await clock.advance(600_000);
  assert.is(collections, 2);
});

test('never where node cannot be asked for it', async () => {
  globalThis.gc = undefined;
  const clock = new FakeClock();
  spareMemory(clock, log);
  await clock.advance(600_000);
  assert.is(resident, 300);
});

test.run();
