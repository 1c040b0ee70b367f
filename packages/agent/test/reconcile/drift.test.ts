/** Somebody else changes our table. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeKernel } from '../../src/kernel/fake.ts';
import { KernelError } from '../../src/kernel/kernel.ts';
import { type Bench, bench, CLUSTER, generationIn, heldBy, intendedBy, pod, policy } from './support.ts';

async function running(): Promise<Bench> {
  const made = bench();
  for (const object of CLUSTER) made.reconciler.set(object);
  made.reconciler.ready();
  await made.clock.advance(0);
  // The first look of all learns how this nft lists our rules.
  await during(made, made.reconciler.check());
  return made;
}

/** Lets time pass until the promise is settled. */
async function during<T>({ clock }: Bench, promise: Promise<T>): Promise<T> {
  await clock.advance(50);
  return promise;
}

async function assertRepaired({ kernel, reconciler }: Bench, before: number): Promise<void> {
  const listing = await kernel.list();
  assert.is(heldBy(listing), intendedBy(reconciler.intent()));
  assert.is(generationIn(listing), reconciler.stats.generation);
  assert.is(reconciler.stats.generation, (before % 4095) + 1, 'every connection is judged anew');
  assert.is(reconciler.stats.drifts, 1);
  assert.ok(reconciler.stats.inStep);
}

const FOREIGN_CHANGES: Readonly<Record<string, string>> = {
  'the table is deleted': 'delete table inet kncompile',
  'the table is flushed': 'flush table inet kncompile',
  'an address is taken away': 'delete element inet kncompile peers4 { 10.0.0.2 }',
  'an address is added': 'add element inet kncompile peers4 { 10.9.9.9 : 100:0 }',
  'a rule is added': 'add rule inet kncompile deny accept',
  'the rules of a chain are others': 'flush chain inet kncompile deny\nadd rule inet kncompile deny accept',
  'a chain is added': 'add chain inet kncompile strange',
  'a set of ours is added': 'add set inet kncompile queued_egress4 { type ipv4_addr; }',
  'a set of nobody is added': 'add set inet kncompile strange { type ipv4_addr; }',
};

for (const [what, text] of Object.entries(FOREIGN_CHANGES))
  test(`${what}: noticed within a second, and repaired`, async () => {
    const made = await running();
    const { clock, kernel, reconciler } = made;
    const before = reconciler.stats.generation;
    await clock.advance(60_000);
    kernel.tamper(text);
    await clock.advance(1_050);
    await assertRepaired(made, before);
    reconciler.set(pod('web-2', '10.0.0.4', 'web'));
    await clock.advance(20);
    assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
    assert.is(reconciler.stats.failedDeltas, 0);
  });

test('where the kernel does not number its commits, the check of every minute finds it', async () => {
  class Unnumbered extends FakeKernel {
    override commitNumber(): number {
      return undefined as unknown as number;
    }
  }
  const made = bench({ kernel: new Unnumbered() });
  const { clock, kernel, reconciler } = made;
  for (const object of CLUSTER) reconciler.set(object);
  reconciler.ready();
  await clock.advance(61_000);
  assert.is(reconciler.stats.drifts, 0);
  const before = reconciler.stats.generation;
  kernel.tamper('flush chain inet kncompile deny\nadd rule inet kncompile deny accept');
  await clock.advance(61_000);
  await assertRepaired(made, before);
});

test('nothing is drift that is not', async () => {
  const made = await running();
  const { clock, kernel, reconciler } = made;
  for (let i = 0; i < 20; i++) {
    reconciler.set(policy(i % 2 ? ['web'] : ['job', 'web'], `p${i % 5}`));
    if (i % 7 === 3) reconciler.delete({ kind: 'NetworkPolicy', namespace: 'shop', name: 'db' });
    await clock.advance(5);
    const drifted = reconciler.check();
    await clock.advance(100);
    assert.is(await drifted, false);
  }
  assert.is(reconciler.stats.drifts, 0);
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
});

test('with nobody else at work the kernel is not listed', async () => {
  const made = await running();
  const { clock, kernel, reconciler } = made;
  await clock.advance(61_000);
  let listings = 0;
  kernel.onCall = (call) => {
    if (call === 'list') listings++;
  };
  for (let i = 0; i < 10; i++) {
    reconciler.set(pod('web-2', '10.0.0.4', i % 2 ? 'web' : 'job'));
    await clock.advance(60_000);
  }
  assert.is(listings, 0);
});

test('a listing that fails is counted, and changes nothing', async () => {
  const made = await running();
  made.kernel.onCall = (call) => {
    if (call === 'list') throw new KernelError('timeout', 'nft gave no answer');
  };
  assert.is(await during(made, made.reconciler.check()), false);
  assert.is(made.reconciler.stats.failedChecks, 1);
  assert.is(made.reconciler.stats.drifts, 0);
});

test('events that come while the kernel is repaired are not lost', async () => {
  const made = await running();
  const { clock, kernel, reconciler } = made;
  kernel.tamper('delete table inet kncompile');
  const drifted = reconciler.check();
  reconciler.set(policy(['job']));
  await clock.advance(0);
  reconciler.set(pod('web-2', '10.0.0.4', 'job'));
  await clock.advance(50);
  assert.is(await drifted, true);
  assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
  assert.match(intendedBy(reconciler.intent()), /10\.0\.0\.4/);
});

test.run();
