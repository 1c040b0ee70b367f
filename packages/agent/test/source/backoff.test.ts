import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pause, pauseAfter } from '../../src/source/backoff.ts';

const LIMITS = { first: 250, longest: 30_000 };

test('pauses double up to the longest', () => {
  const pauses = [1, 2, 3, 7, 8, 9, 1000].map((failures) => pauseAfter(failures, LIMITS, () => 0));
  assert.equal(pauses, [250, 500, 1000, 16_000, 30_000, 30_000, 30_000]);
});

test('chance takes up to half away', () => {
  assert.is(
    pauseAfter(3, LIMITS, () => 0.5),
    750,
  );
  assert.ok(pauseAfter(3, LIMITS, () => 0.999999) > 500);
});

test('a pause ends when the signal aborts', async () => {
  const stop = new AbortController();
  const started = performance.now();
  const pausing = pause(60_000, stop.signal);
  stop.abort();
  await pausing;
  await pause(60_000, stop.signal);
  assert.ok(performance.now() - started < 5_000);
});

test.run();
