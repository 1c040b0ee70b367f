/** When and what the reconciler commits, over a fake kernel. */
import { idOf } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KernelError } from '../../src/kernel/kernel.ts';
import { bench, CLUSTER, generationIn, heldBy, intendedBy, pod, policy } from './support.ts';

async function running(parts: Parameters<typeof bench>[0] = {}) {
  const made = bench(parts);
  for (const object of CLUSTER) made.reconciler.set(object);
  made.reconciler.ready();
  await made.clock.advance(50);
  made.kernel.log.length = 0;
  return made;
}

async function assertInStep({ kernel, reconciler }: ReturnType<typeof bench>): Promise<void> {
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
  assert.is(generationIn(await kernel.list()), reconciler.intent().generation);
}

test('nothing is committed before every kind has been listed', async () => {
  const made = bench();
  for (const object of CLUSTER) made.reconciler.set(object);
  await made.clock.advance(10_000);
  assert.is(made.kernel.log.length, 0);
  made.reconciler.ready();
  await made.clock.advance(0);
  assert.is(made.kernel.log.length, 1);
  assert.is(made.reconciler.stats.start, 'created');
  assert.ok(made.reconciler.stats.inStep);
  await assertInStep(made);
});

test('the first event is committed at once, those of the next 20 ms in one commit', async () => {
  const made = await running();
  const { clock, kernel, reconciler, reports } = made;
  reconciler.set(pod('web-2', '10.0.0.4', 'web'));
  await clock.advance(0);
  assert.is(kernel.log.length, 1);
  assert.is(reports.at(-1)?.eventToCommitMs, 0);
  for (let i = 5; i < 15; i++) {
    reconciler.set(pod(`web-${i}`, `10.0.0.${i}`, 'web'));
    await clock.advance(1);
  }
  assert.is(kernel.log.length, 1);
  await clock.advance(10);
  assert.is(kernel.log.length, 2);
  assert.is(reports.at(-1)?.eventToCommitMs, 20);
  await clock.advance(1000);
  assert.is(kernel.log.length, 2);
  assert.ok(kernel.log.every(({ extent }) => extent === 'delta'));
  await assertInStep(made);
});

test('events that change nothing in the kernel are no commit', async () => {
  const { clock, kernel, reconciler } = await running();
  reconciler.set(pod('web', '10.0.0.2', 'web'));
  reconciler.delete({ kind: 'Pod', namespace: 'shop', name: 'nobody' });
  await clock.advance(50);
  assert.is(kernel.log.length, 0);
  assert.ok(reconciler.stats.inStep);
});

test('while a commit is in flight events wait, and go into the next', async () => {
  const made = await running();
  const { clock, kernel, reconciler } = made;
  let finish = (): void => {};
  kernel.onCall = () => new Promise((resolve) => (finish = resolve));
  reconciler.set(pod('web-2', '10.0.0.4', 'web'));
  await clock.advance(100);
  reconciler.set(pod('web-3', '10.0.0.5', 'web'));
  await clock.advance(100);
  assert.is(kernel.log.length, 0);
  kernel.onCall = undefined;
  finish();
  await clock.advance(0);
  await clock.advance(0);
  assert.is(kernel.log.length, 2);
  await assertInStep(made);
});

test('a delta that fails becomes a full load at once, with nothing lost', async () => {
  const made = await running();
  const { clock, kernel, reconciler } = made;
  let calls = 0;
  kernel.onCall = (call) => {
    if (call === 'apply' && calls++ === 0) throw new KernelError('rejected', 'Error: Out of memory');
  };
  reconciler.set(policy(['web', 'job']));
  await clock.advance(0);
  assert.is(reconciler.stats.inStep, false);
  assert.is(reconciler.stats.lastError, 'Error: Out of memory');
  await clock.advance(20);
  assert.equal(
    kernel.log.map(({ extent, ok }) => `${extent} ${ok}`),
    ['delta false', 'full true'],
  );
  assert.is(reconciler.stats.failedDeltas, 1);
  assert.is(reconciler.stats.fullLoads, 1);
  assert.is(reconciler.stats.inStep, true);
  assert.is(reconciler.stats.lastError, undefined);
  await assertInStep(made);
});

test('a full load that fails is tried again, ever later, with the events of meanwhile', async () => {
  const made = await running();
  const { clock, kernel, reconciler, reports } = made;
  kernel.onCall = () => {
    throw new KernelError('unavailable', 'nft is not installed');
  };
  reconciler.set(policy(['job']));
  await clock.advance(100_000);
  const tries = kernel.log.length;
  assert.ok(tries >= 9 && tries <= 12, `${tries} tries in 100 s`);
  reconciler.set(pod('web-2', '10.0.0.4', 'job'));
  reconciler.delete({ kind: 'Pod', namespace: 'shop', name: 'web' });
  kernel.onCall = undefined;
  await clock.advance(31_000);
  assert.is(kernel.log.filter(({ ok }) => ok).length, 1);
  assert.ok((reports.at(-1)?.eventToCommitMs ?? 0) > 100_000, 'counted from the first event');
  await assertInStep(made);
  reconciler.set(pod('web-3', '10.0.0.5', 'web'));
  await clock.advance(20);
  assert.is(kernel.log.at(-1)?.extent, 'delta', 'and then deltas again');
  await assertInStep(made);
});

test('what the kernel goes on rejecting is made anew in one transaction, never deleted before', async () => {
  const { clock, kernel, reconciler } = await running();
  kernel.onCall = (_call, text) => {
    if (!text.includes('delete table')) throw new KernelError('rejected', 'Error: File exists');
  };
  reconciler.set(policy(['job']));
  await clock.advance(1000);
  const last = kernel.log.at(-1);
  assert.ok(last?.ok);
  assert.match(last?.text ?? '', /^add table inet kncompile\ndelete table inet kncompile\nadd table/);
  assert.ok(last?.text.includes('add rule inet kncompile gate'));
  assert.ok(reconciler.stats.inStep);
});

test('a commit that forbids moves to the next generation, one that allows does not', async () => {
  const { clock, kernel, reconciler } = await running();
  const { generation } = reconciler.stats;
  reconciler.set(pod('web-2', '10.0.0.4', 'web'));
  await clock.advance(20);
  assert.is(reconciler.stats.generation, generation);
  reconciler.set(pod('web-2', '10.0.0.4', 'job'));
  await clock.advance(20);
  assert.is(reconciler.stats.generation, (generation % 4095) + 1);
  assert.is(generationIn(await kernel.list()), reconciler.stats.generation);
});

test('stop ends the commit in flight, leaves the table, and commits nothing more', async () => {
  const { clock, kernel, reconciler } = await running();
  const before = await kernel.list();
  await reconciler.stop();
  reconciler.set(policy(['job']));
  await clock.advance(100_000);
  assert.is(kernel.log.length, 0);
  assert.is(await kernel.list(), before);
  await reconciler.settled();
  assert.is(await reconciler.check(), false);
});

test('after thousands of events the kernel holds what the objects of the end compile to', async () => {
  const made = await running();
  const { clock, reconciler, kernel } = made;
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  kernel.onCall = (call) => {
    if (call === 'apply' && random(20) === 0) throw new KernelError('timeout', 'no answer');
  };
  for (let i = 0; i < 3000; i++) {
    const n = random(60);
    const one = pod(
      `p${n}`,
      `10.0.${n % 3}.${50 + n}`,
      ['web', 'job', 'db'][random(3)] ?? '',
      n % 3 ? 'far' : 'near',
    );
    const what = random(10);
    if (what < 6) reconciler.set(one);
    else if (what < 8) reconciler.delete(idOf(one));
    else reconciler.set(policy(['web', 'job'].slice(random(2)), `p${random(3)}`));
    if (random(4) === 0) await clock.advance(random(30));
  }
  kernel.onCall = undefined;
  await clock.advance(60_000);
  await assertInStep(made);
  assert.ok(made.reconciler.stats.deltas > 100);
  assert.ok(made.reconciler.stats.failedDeltas > 10);
});

test.run();
