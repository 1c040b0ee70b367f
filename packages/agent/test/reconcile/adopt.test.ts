/** What the reconciler does with the table that it finds. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeKernel } from '../../src/kernel/fake.ts';
import { KernelError } from '../../src/kernel/kernel.ts';
import { cleanUp } from '../../src/reconcile/clean-up.ts';
import { bench, CLUSTER, generationIn, heldBy, intendedBy, pod } from './support.ts';

/** A reconciler that has seen the cluster, on this kernel. */
async function started(kernel: FakeKernel, objects = CLUSTER) {
  const made = bench({ kernel });
  for (const object of objects) made.reconciler.set(object);
  made.reconciler.ready();
  await made.clock.advance(0);
  return made;
}

/** A kernel that an agent has left. */
async function leftKernel(objects = CLUSTER): Promise<FakeKernel> {
  const { kernel, reconciler } = await started(new FakeKernel(), objects);
  await reconciler.stop();
  kernel.log.length = 0;
  return kernel;
}

test('an agent that comes back touches no element, and moves to the next generation', async () => {
  const kernel = await leftKernel();
  const before = generationIn(await kernel.list());
  const { reconciler } = await started(kernel);
  assert.is(reconciler.stats.start, 'adopted');
  assert.is(kernel.log.length, 1);
  const text = kernel.log[0]?.text ?? '';
  assert.not.match(text, /element|add set|add map|delete|flush table/);
  assert.is(generationIn(await kernel.list()), (before % 4095) + 1);
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
});

test('what changed while no agent was there is all that is committed, under the old class numbers', async () => {
  // The other order gives other class numbers to whoever counts from the start.
  const kernel = await leftKernel([...CLUSTER, pod('old', '10.0.0.9', 'web')]);
  const { reconciler, clock } = await started(kernel, [
    ...CLUSTER.toReversed(),
    pod('new', '10.0.1.9', 'job', 'far'),
  ]);
  const text = kernel.log[0]?.text ?? '';
  const elements = text.split('\n').filter((line) => line.includes(' element '));
  assert.ok(elements.length <= 3, elements.join('\n'));
  assert.match(text, /delete element inet kncompile peers4 { 10\.0\.0\.9 }/);
  reconciler.set(pod('web-2', '10.0.0.4', 'web'));
  await clock.advance(20);
  assert.is(reconciler.stats.failedDeltas, 0);
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
});

test('sets and chains that are no longer needed go', async () => {
  const kernel = await leftKernel();
  const { reconciler } = await started(kernel, [pod('web', '10.0.0.2', 'web')]);
  assert.ok(kernel.log.every(({ ok }) => ok));
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
});

test('a table of another version is replaced in one transaction, never deleted', async () => {
  const kernel = new FakeKernel();
  const tables = [
    'add table inet kncompile',
    'add set inet kncompile from_the_future { type mark; }',
    'add chain inet kncompile forward { type filter hook forward priority mangle - 1; policy accept; }',
    'add chain inet kncompile old_chain',
    'add rule inet kncompile forward jump old_chain',
  ];
  kernel.tamper(tables.join('\n'));
  const { reconciler } = await started(kernel);
  assert.is(reconciler.stats.start, 'replaced');
  assert.is(kernel.log.length, 1);
  assert.not.match(kernel.log[0]?.text ?? '', /delete table|delete chain inet kncompile forward/);
  const listing = (await kernel.list()) ?? '';
  assert.not.match(listing, /from_the_future|old_chain/);
  assert.is(heldBy(listing), intendedBy(reconciler.intent()));
});

test('a table that somebody changes between the listing and the first commit is listed again', async () => {
  const kernel = await leftKernel();
  const { clock, reconciler } = bench({ kernel });
  await clock.advance(60_000);
  kernel.tamper('delete table inet kncompile');
  for (const object of CLUSTER) reconciler.set(object);
  reconciler.ready();
  await clock.advance(0);
  assert.is(reconciler.stats.start, 'created');
  assert.is(reconciler.stats.failedDeltas, 0);
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
});

test('without a listing the table is made all the same, whatever it holds', async () => {
  const kernel = await leftKernel();
  kernel.onCall = (call) => {
    if (call === 'list') throw new KernelError('timeout', 'no answer');
  };
  const { reconciler, clock } = await started(kernel);
  await clock.advance(1000);
  kernel.onCall = undefined;
  assert.ok(reconciler.stats.inStep);
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
});

test('cleaning up removes the table, and is content where there is none', async () => {
  const kernel = await leftKernel();
  await cleanUp(kernel);
  assert.is(await kernel.list(), undefined);
  await cleanUp(kernel);
});

test.run();
