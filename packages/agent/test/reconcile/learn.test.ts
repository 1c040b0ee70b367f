/** Addresses that turned out to be nobody's: how the kernel learns them, and forgets them. */
import { type Address, idOf, type JudgeDelta, LEARNED_SECONDS } from '@kncompile/compiler';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { KernelError } from '../../src/kernel/kernel.ts';
import { type Bench, bench, CLUSTER, heldBy, pod, policy } from './support.ts';

const NODE = readPolicies(`
apiVersion: v1
kind: Node
metadata: { name: far }
spec: { podCIDRs: [10.0.0.0/16, "fd00::/64"] }`);
const [LATE, OTHER, SIX] = ['10.0.7.7', '10.0.7.8', 'fd00::7'] as Address[] as [Address, Address, Address];

async function started(): Promise<Bench> {
  const node = bench();
  for (const object of [...CLUSTER, ...NODE]) node.reconciler.set(object);
  node.reconciler.ready();
  await node.clock.advance(100);
  return node;
}

const learnedIn = async ({ kernel }: Bench): Promise<readonly string[]> =>
  heldBy(await kernel.list())
    .split('\n')
    .filter((line) => line.startsWith('learned'));

test('they go into the set of their family, with a time, in one commit', async () => {
  const node = await started();
  const { length } = node.kernel.log;
  node.reconciler.learn([LATE, OTHER, LATE]);
  node.reconciler.learn([SIX]);
  await node.clock.advance(100);
  assert.is(node.kernel.log.length, length + 1);
  const { text } = node.kernel.log.at(-1) ?? {};
  assert.is(
    text,
    `add element inet kncompile learned4 { ${LATE} timeout ${LEARNED_SECONDS}s, ${OTHER} timeout ${LEARNED_SECONDS}s }\n` +
      `add element inet kncompile learned6 { ${SIX} timeout ${LEARNED_SECONDS}s }\n`,
  );
  assert.is((await learnedIn(node)).length, 3);
  assert.is(node.reconciler.stats.learned, 3);
  await node.reconciler.settled();
});

test('one that becomes a pod is forgotten with the same commit', async () => {
  const node = await started();
  node.reconciler.learn([LATE, OTHER]);
  await node.clock.advance(100);
  node.reconciler.set(pod('late', LATE, 'job', 'far'));
  await node.clock.advance(100);
  assert.match(node.kernel.log.at(-1)?.text ?? '', `delete element inet kncompile learned4 { ${LATE} }`);
  assert.match(node.kernel.log.at(-1)?.text ?? '', `add element inet kncompile peers4 { ${LATE} `);
  assert.equal(await learnedIn(node), [`learned4: ${OTHER} = undefined`]);
});

test('one that becomes a pod when the last policy goes is forgotten with its set', async () => {
  const node = await started();
  node.reconciler.learn([LATE]);
  await node.clock.advance(100);
  node.reconciler.set(pod('late', LATE, 'job', 'far'));
  node.reconciler.delete(idOf(policy(['web'])));
  await node.clock.advance(100);
  assert.is(node.reconciler.stats.failedDeltas, 0);
  assert.equal(await learnedIn(node), []);
});

test('one that is a pod by now is not learned', async () => {
  const node = await started();
  node.reconciler.set(pod('late', LATE, 'job', 'far'));
  node.reconciler.learn([LATE]);
  await node.clock.advance(100);
  assert.equal(await learnedIn(node), []);
  node.reconciler.delete(idOf(pod('late', LATE, 'job', 'far')));
  await node.clock.advance(100);
  assert.equal(await learnedIn(node), []);
});

test('what is learned is no drift', async () => {
  const node = await started();
  node.reconciler.learn([LATE, SIX]);
  await node.clock.advance(100);
  const checked = node.reconciler.check();
  await node.clock.advance(100);
  assert.is(await checked, false);
  assert.equal([node.reconciler.stats.drifts, node.reconciler.stats.failedChecks], [0, 0]);
});

test('a kernel that does not take them is in step all the same, and may be told again', async () => {
  const node = await started();
  node.kernel.onCall = (_call, text) => {
    if (text.includes('timeout')) throw new KernelError('rejected', 'Error: No space left');
  };
  node.reconciler.learn([LATE]);
  await node.clock.advance(100);
  const { inStep, refusedLearned, failedDeltas } = node.reconciler.stats;
  assert.equal([inStep, refusedLearned, failedDeltas], [true, 1, 0]);
  node.kernel.onCall = undefined;
  node.reconciler.learn([LATE]);
  await node.clock.advance(100);
  assert.is((await learnedIn(node)).length, 1);
});

test('there is room for so many; more are counted, until the time of the first is over', async () => {
  const node = await started();
  const flood = Array.from({ length: 5000 }, (_, i) => `10.0.${100 + (i >> 8)}.${i & 255}` as Address);
  node.reconciler.learn(flood);
  await node.clock.advance(100);
  assert.equal([node.reconciler.stats.learned, node.reconciler.stats.refusedLearned], [4096, 904]);
  node.reconciler.learn([LATE, SIX]);
  await node.clock.advance(100);
  assert.is(node.reconciler.stats.learned, 4097, 'the other family has room');
  await node.clock.advance(LEARNED_SECONDS * 1000);
  node.reconciler.learn([LATE]);
  await node.clock.advance(100);
  assert.is(node.reconciler.stats.learned, 4098);
});

test('a judge hears of a commit when the kernel has taken it, and not before', async () => {
  const node = bench();
  const deltas: JudgeDelta[] = [];
  const view = node.reconciler.follow((delta) => deltas.push(delta));
  assert.is(view.all().stamp, 0, 'nothing is known yet');
  for (const object of [...CLUSTER, ...NODE]) node.reconciler.set(object);
  let refuses = true;
  node.kernel.onCall = (call) => {
    if (refuses && call === 'apply') throw new KernelError('rejected', 'Error: no');
  };
  node.reconciler.ready();
  await node.clock.advance(100);
  assert.is(deltas.length, 0);
  refuses = false;
  await node.clock.advance(10_000);
  assert.is(deltas.length, 1);
  assert.equal(deltas[0]?.families[4].addresses.length, 3 * 2);
  node.reconciler.set(pod('late', LATE, 'web', 'far'));
  await node.clock.advance(100);
  assert.is(deltas.length, 2);
  assert.equal(deltas[1]?.families[4].addresses[0], 0x0a_00_07_07);
});

test.run();
