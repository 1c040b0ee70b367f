/** What pods are told for DNS names (S37): how the kernel learns it, before who asked for it is told. */
import { type Address, type FreshName, idOf } from '@kncompile/compiler';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { FakeKernel } from '../../src/kernel/fake.ts';
import { KernelError } from '../../src/kernel/kernel.ts';
import { cleanUp } from '../../src/reconcile/clean-up.ts';
import { type Bench, bench, CLUSTER, heldBy, intendedBy, pod } from './support.ts';

const WEB = '10.0.0.2' as Address;
const [ONE, TWO] = ['192.0.2.1', '192.0.2.2'] as Address[] as [Address, Address];
const [SIX] = ['2001:db8::1'] as Address[] as [Address];

const BY_NAME = readPolicies(`
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: by-name }
spec:
  priority: 1
  subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: web } } } }
  egress:
    - { action: Allow, to: [{ domainNames: [x.org, "*.x.org"] }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }
    - { action: Deny, to: [{ networks: [0.0.0.0/0, "::/0"] }] }`);

async function started(kernel?: FakeKernel): Promise<Bench> {
  const node = bench(kernel ? { kernel } : {});
  for (const object of [...CLUSTER, ...BY_NAME]) node.reconciler.set(object);
  node.reconciler.ready();
  await node.clock.advance(100);
  return node;
}

const told = (name: string, ...addresses: readonly (readonly [Address, number])[]) => ({
  client: WEB,
  name,
  addresses: addresses.map(([address, ttl]) => ({ address, ttl })),
});

const linesOf = async ({ kernel }: Bench, set: string): Promise<readonly string[]> =>
  heldBy(await kernel.list())
    .split('\n')
    .filter((line) => line.startsWith(set));

test('S37: the kernel has the class and the time when the answer is released', async () => {
  const node = await started();
  let learned: readonly FreshName[] | undefined;
  void node.reconciler.learnName(told('x.org', [ONE, 30], [TWO, 60])).then((fresh) => {
    learned = fresh;
  });
  assert.is(learned, undefined);
  await node.clock.advance(100);
  assert.equal(learned, [
    { subject: WEB, address: ONE, ttl: 30 },
    { subject: WEB, address: TWO, ttl: 60 },
  ]);
  assert.is((await linesOf(node, 'names4')).length, 2);
  assert.is((await linesOf(node, 'fresh_names4')).length, 2);
  assert.match(node.kernel.log.at(-1)?.text ?? '', `${WEB} . ${ONE} timeout 30s`);
  assert.is(node.reconciler.stats.learnedNames, 2);
});

test('S37: the other family of the answer goes to the address of that family, if the pod has one', async () => {
  const node = await started();
  const learned = node.reconciler.learnName(told('x.org', [SIX, 30]));
  await node.clock.advance(100);
  assert.equal(await learned, [], 'the pod has none');
  assert.is(node.reconciler.stats.failedDeltas, 0);
});

test('S37: an address that is told once more is good for the new time, in one commit', async () => {
  const node = await started();
  void node.reconciler.learnName(told('x.org', [ONE, 30]));
  await node.clock.advance(100);
  const { length } = node.kernel.log;
  void node.reconciler.learnName(told('x.org', [ONE, 90]));
  await node.clock.advance(100);
  assert.is(node.kernel.log.length, length + 1, 'its class is known');
  assert.match(node.kernel.log.at(-1)?.text ?? '', `${WEB} . ${ONE} timeout 90s`);
  assert.ok(node.kernel.log.at(-1)?.ok);
});

test('S37: what two answers of one commit say is said once, for the longest time', async () => {
  const node = await started();
  const both = [
    node.reconciler.learnName(told('x.org', [ONE, 90])),
    node.reconciler.learnName(told('www.x.org', [ONE, 30])),
  ];
  await node.clock.advance(100);
  const [one, other] = await Promise.all(both);
  assert.equal(other, [{ subject: WEB, address: ONE, ttl: 90 }]);
  assert.is(one, other, 'one list for all, however many wait: workers are told it once');
  assert.ok(node.kernel.log.every(({ ok }) => ok));
  assert.not.match(node.kernel.log.at(-1)?.text ?? '', 'timeout 30s');
});

test('who is no pod here, or asks for what no policy wants, changes nothing', async () => {
  const node = await started();
  const { length } = node.kernel.log;
  const answers = [
    node.reconciler.learnName({ ...told('x.org', [ONE, 30]), client: '10.0.0.99' as Address }),
    node.reconciler.learnName(told('y.org', [ONE, 30])),
  ];
  await node.clock.advance(100);
  assert.equal(await Promise.all(answers), [[], []]);
  assert.is(node.kernel.log.length, length);
  assert.is(node.reconciler.stats.learnedNames, 0);
});

test('S37: a table that is loaded anew has what is good still, for the time that is left', async () => {
  const node = await started();
  const learned = node.reconciler.learnName(told('x.org', [ONE, 30], [TWO, 2]));
  await node.clock.advance(100);
  assert.is((await learned).length, 2);
  await node.clock.advance(10_000);
  await cleanUp(node.kernel);
  void node.reconciler.check();
  await node.clock.advance(1000);
  assert.ok(node.reconciler.stats.inStep);
  const lines = await linesOf(node, 'fresh_names4');
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? '', ONE);
  assert.match(node.kernel.log.findLast(({ text }) => text.includes(ONE))?.text ?? '', /timeout (19|20)s/);
  assert.equal(
    node.reconciler.freshNames().map(({ address }) => address),
    [ONE],
  );
});

test('a pod that is told ever new addresses has its oldest taken back from the kernel: the set has room for others', async () => {
  const node = await started();
  const most = 2048;
  for (let first = 0; first < 3 * most; first += 512) {
    const addresses = Array.from(
      { length: 512 },
      (_, i) => [`192.0.${2 + ((first + i) >> 8)}.${i & 255}` as Address, 604_800] as const,
    );
    const learned = node.reconciler.learnName(told('x.org', ...addresses));
    await node.clock.advance(100);
    assert.is((await learned).length, 512);
  }
  assert.is((await linesOf(node, 'fresh_names4')).length, most);
  assert.is(node.reconciler.freshNames().length, most);
  assert.is(node.reconciler.stats.failedDeltas, 0);
});

test('a commit that the kernel refuses lets the answer go, and the class comes with the next load', async () => {
  const node = await started();
  node.kernel.onCall = (call) => {
    if (call === 'apply') throw new KernelError('rejected', 'Error: no');
  };
  const learned = node.reconciler.learnName(told('x.org', [ONE, 30]));
  await node.clock.advance(100);
  assert.equal(await learned, []);
  assert.equal([node.reconciler.stats.learnedNames, node.reconciler.stats.refusedNames], [0, 1]);
  node.kernel.onCall = undefined;
  await node.clock.advance(60_000);
  assert.ok(node.reconciler.stats.inStep);
  assert.is((await linesOf(node, 'names4')).length, 1);
  assert.equal(await linesOf(node, 'fresh_names4'), [], 'nobody knows how long it is good by now');
});

test('times that alone are refused let the answer go, too', async () => {
  const node = await started();
  node.kernel.onCall = (call, text) => {
    if (call === 'apply' && text.includes('fresh_names4')) throw new KernelError('rejected', 'Error: full');
  };
  const learned = node.reconciler.learnName(told('x.org', [ONE, 30]));
  await node.clock.advance(100);
  assert.equal(await learned, []);
  assert.is(node.reconciler.stats.refusedNames, 1);
});

test('who stops leaves no answer waiting', async () => {
  const node = await started();
  const learned = node.reconciler.learnName(told('x.org', [ONE, 30]));
  await node.reconciler.stop();
  assert.equal(await learned, []);
  assert.equal(await node.reconciler.learnName(told('x.org', [TWO, 30])), []);
});

test('a policy that goes takes its names with it, and a pod what it was told', async () => {
  const node = await started();
  void node.reconciler.learnName(told('x.org', [ONE, 30]));
  await node.clock.advance(100);
  node.reconciler.delete(idOf(pod('web', WEB, 'web')));
  node.reconciler.set(pod('web-2', WEB, 'web'));
  await node.clock.advance(100);
  assert.equal(await linesOf(node, 'names4'), [], 'the next pod has not asked');
  void node.reconciler.learnName(told('x.org', [ONE, 30]));
  await node.clock.advance(100);
  assert.is((await linesOf(node, 'names4')).length, 1);
  for (const object of BY_NAME) node.reconciler.delete(idOf(object));
  await node.clock.advance(100);
  assert.equal(await linesOf(node, 'names4'), []);
  assert.is(node.reconciler.stats.failedDeltas, 0);
});

test('an agent that comes back knows from the table what pods were told, and leaves their times alone', async () => {
  const before = await started();
  void before.reconciler.learnName(told('www.x.org', [ONE, 30], [TWO, 60]));
  await before.clock.advance(100);
  await before.reconciler.stop();
  const { kernel } = before;
  const fresh = await linesOf(before, 'fresh_names4');
  kernel.log.length = 0;
  const after = await started(kernel);
  assert.is(after.reconciler.stats.start, 'adopted');
  assert.not.match(kernel.log.map(({ text }) => text).join(''), / element /);
  assert.is((await linesOf(after, 'names4')).length, 2);
  assert.equal(await linesOf(after, 'fresh_names4'), fresh);
  const withoutTimes = heldBy(await kernel.list())
    .split('\n')
    .filter((line) => !line.startsWith('fresh_names'))
    .join('\n');
  assert.is(withoutTimes, intendedBy(after.reconciler.intent()));
});

test('names in a table that nobody asks for any more are not taken over', async () => {
  const before = await started();
  void before.reconciler.learnName(told('x.org', [ONE, 30]));
  await before.clock.advance(100);
  await before.reconciler.stop();
  const after = bench({ kernel: before.kernel });
  for (const object of CLUSTER) after.reconciler.set(object);
  after.reconciler.ready();
  await after.clock.advance(100);
  assert.equal(await linesOf(after, 'names4'), []);
  assert.is(after.reconciler.stats.failedDeltas, 0);
});

test.run();
