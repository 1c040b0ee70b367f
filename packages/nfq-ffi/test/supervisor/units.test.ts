import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { backoffMs } from '../../src/supervisor/backoff.ts';
import { allowedCores, parseCoreList } from '../../src/supervisor/cores.ts';

test('the back-off doubles from 100 ms to 10 s', () => {
  const delays = [1, 2, 3, 7, 8, 100].map((failures) => backoffMs(failures, 0));
  assert.equal(delays, [100, 200, 400, 6400, 10_000, 10_000]);
});

test('up to half of the back-off is random', () => {
  assert.is(backoffMs(3, 0.5), 300);
  assert.ok(backoffMs(3, 0.999) > 200);
});

test('core lists as the kernel prints them', () => {
  assert.equal(parseCoreList('0'), [0]);
  assert.equal(parseCoreList('0-3,8,10-11'), [0, 1, 2, 3, 8, 10, 11]);
});

test('this process may use some core', () => {
  assert.ok(allowedCores().length > 0);
  assert.ok(allowedCores().every(Number.isInteger));
});

test.run();
