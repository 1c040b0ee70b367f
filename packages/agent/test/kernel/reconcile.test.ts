/** The reconciler over the real kernel, in a network namespace of its own. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CompileOptions, DEFAULT_OPTIONS, idOf, type ModelObject } from '@kncompile/compiler';
import { describeObjects } from '@kncompile/compiler/test/property/describe.ts';
import { LOCAL_NODE } from '@kncompile/compiler/test/property/generate/alphabet.ts';
import { cluster } from '@kncompile/compiler/test/property/generate/cluster.ts';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Connection, connectKernel } from '../../src/kernel/connect.ts';
import { SpawnedNft } from '../../src/kernel/spawned-nft.ts';
import { cleanUp } from '../../src/reconcile/clean-up.ts';
import { Reconciler } from '../../src/reconcile/reconciler.ts';
import type { CommitReport } from '../../src/reconcile/stats.ts';
import { CLUSTER, heldBy, intendedBy, pod, policy } from '../reconcile/support.ts';
import { isInside } from './support/inside.ts';
import { nft } from './support/nft.ts';
import { randomNumbers } from './support/random.ts';

const NEAR: CompileOptions = { ...DEFAULT_OPTIONS, node: 'near', queueVia: 'mark' };
const GENERATED: CompileOptions = { ...NEAR, node: LOCAL_NODE };

const PROPERTY_CASES = Number(process.env['KNCOMPILE_CASES'] ?? 2000) / 50;
const UPDATES = 10_000;

if (isInside(import.meta.url)) {
  addTests(await connectKernel());
  test.run();
}

function addTests(connection: Connection): void {
  const { kernel, conntrack } = connection;
  const running: Reconciler[] = [];
  test.before.each(() => nft('flush ruleset'));
  test.after.each(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  async function start(
    objects: readonly ModelObject[],
    options = NEAR,
    parts: Partial<ConstructorParameters<typeof Reconciler>[0]> = {},
  ): Promise<Reconciler> {
    const reconciler = new Reconciler({ options, kernel, conntrack, ...parts });
    running.push(reconciler);
    for (const object of objects) reconciler.set(object);
    reconciler.ready();
    await reconciler.settled();
    return reconciler;
  }

  async function assertInStep(reconciler: Reconciler): Promise<void> {
    assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
    assert.is(reconciler.stats.lastError, undefined);
    assert.ok(reconciler.stats.inStep);
  }

  test('whatever clusters there were before and after, the kernel takes the difference', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cluster, { minLength: 2, maxLength: 4 }), async (clusters) => {
        nft('flush ruleset');
        for (const objects of clusters) {
          const reconciler = await start(objects, GENERATED);
          assert.is(reconciler.stats.failedDeltas, 0, reconciler.stats.lastError);
          assert.is(await reconciler.check(), false, 'no drift');
          await assertInStep(reconciler);
          await reconciler.stop();
        }
      }),
      {
        numRuns: PROPERTY_CASES,
        reporter: (details) => {
          if (!details.failed) return;
          const [clusters = []] = details.counterexample ?? [];
          const story = clusters.map(describeObjects).join('\n--- then ---\n');
          throw new Error(`seed ${details.seed}\n${story}\n${details.errorInstance}`);
        },
      },
    );
  });

  test(`after ${UPDATES} updates, with others at work, the kernel holds what the objects compile to`, async () => {
    const reports: CommitReport[] = [];
    const reconciler = await start(CLUSTER, NEAR, { onCommit: (report) => reports.push(report) });
    const random = randomNumbers(7);
    const objects = new Map<string, ModelObject>();
    for (let i = 0; i < UPDATES; i++) {
      const n = random(400);
      const app = ['web', 'job', 'db'][random(3)] ?? '';
      const one = pod(`p${n}`, `10.0.${n % 5}.${n % 200}`, app, n % 5 ? 'far' : 'near');
      const what = random(100);
      if (what < 70) reconciler.set(one);
      else if (what < 98) reconciler.delete(idOf(one));
      else reconciler.set(policy(['web', 'job'].slice(random(2)), `policy-${random(5)}`));
      objects.set(one.name, one);
      if (i % 2500 === 1250) nft('flush map inet kncompile peers4');
      if (random(10) === 0) await sleep(random(4));
    }
    await reconciler.settled();
    await reconciler.check();
    await assertInStep(reconciler);
    assert.is(await reconciler.check(), false);
    const { drifts, failedDeltas } = reconciler.stats;
    assert.ok(drifts + failedDeltas > 0, 'what the other program did went unnoticed');
    assert.is(reconciler.stats.failedFullLoads, 0);
    const waits = reports.flatMap(({ eventToCommitMs }) => eventToCommitMs ?? []).sort((a, b) => a - b);
    const at = (share: number) => waits[Math.floor(waits.length * share)]?.toFixed(1);
    console.log(`${reports.length} commits; event to commit p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
  });

  for (const [what, text] of Object.entries({
    'flushes the ruleset': 'flush ruleset',
    'deletes our table': 'delete table inet kncompile',
    'flushes our table': 'flush table inet kncompile',
    'lets somebody in': 'insert rule inet kncompile deny accept',
    'replaces a rule': 'flush chain inet kncompile deny\nadd rule inet kncompile deny counter accept',
  }))
    test(`another program ${what}: repaired within seconds`, async () => {
      const reconciler = await start(CLUSTER);
      const { generation } = reconciler.stats;
      // Learns how rules are listed, as an agent has that runs for a minute.
      assert.is(await reconciler.check(), false);
      nft(text);
      const since = performance.now();
      while (reconciler.stats.drifts === 0 && performance.now() - since < 10_000) await sleep(20);
      await reconciler.settled();
      assert.is(reconciler.stats.drifts, 1);
      await assertInStep(reconciler);
      assert.is(await reconciler.check(), false, 'the rules are right again');
      assert.is.not(reconciler.stats.generation, generation);
      reconciler.set(pod('web-2', '10.0.0.4', 'web'));
      await reconciler.settled();
      await assertInStep(reconciler);
      assert.is(reconciler.stats.failedDeltas, 0);
    });

  test("other programs' tables come and go without a repair", async () => {
    const reconciler = await start(CLUSTER);
    nft('add table ip stranger\nadd chain ip stranger c\nadd rule ip stranger c ct mark set 0x1');
    await sleep(1_500);
    await reconciler.settled();
    assert.is(reconciler.stats.drifts, 0);
    assert.ok(reconciler.stats.checks >= 1);
    assert.equal(reconciler.stats.markWriters, ['ip stranger c']);
  });

  test('a table of another version is replaced, its base chain of another kind included', async () => {
    nft(
      `table inet kncompile {
      set peers4 { type ipv6_addr; elements = { 2001:db8::1 }; }
      map strange { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump deny }; }
      chain deny { drop; }
      chain forward { type filter hook postrouting priority 0; policy accept; ip daddr vmap @strange; }
    }`.replaceAll('; }', '\n}'),
    );
    const reconciler = await start(CLUSTER);
    assert.is(reconciler.stats.start, 'replaced');
    await assertInStep(reconciler);
    assert.is(await reconciler.check(), false);
  });

  test('without the library processes do all, and drift is found by listing', async () => {
    const spawned = new SpawnedNft();
    const reconciler = await start(CLUSTER, NEAR, { kernel: spawned });
    assert.is(await reconciler.check(), false);
    for (const app of ['job', 'web', 'job']) {
      reconciler.set(pod('web', '10.0.0.2', app));
      await reconciler.settled();
      assert.is(await reconciler.check(), false);
    }
    nft('flush chain inet kncompile deny\nadd rule inet kncompile deny counter accept');
    assert.is(await reconciler.check(), true);
    assert.is(await reconciler.check(), false);
    await assertInStep(reconciler);
  });

  test('an nft that is slow, and then fails, delays everything and loses nothing', async () => {
    const slow = '#!/bin/sh\n/bin/sleep 0.3\nexec /usr/sbin/nft "$@"\n';
    const failing = '#!/bin/sh\necho "Error: Out of memory" >&2\nexit 1\n';
    const spawned = new SpawnedNft();
    let reconciler = await withNft(slow, () => start(CLUSTER, NEAR, { kernel: spawned }));
    await assertInStep(reconciler);
    await withNft(failing, async () => {
      reconciler.set(policy(['job']));
      await sleep(500);
      assert.not.ok(reconciler.stats.inStep);
      assert.is(reconciler.stats.lastError, 'Error: Out of memory');
    });
    await reconciler.settled();
    await assertInStep(reconciler);
    await reconciler.stop();
    await withNft('#!/bin/sh\nexec /bin/sleep 1000\n', async () => {
      reconciler = new Reconciler({ options: NEAR, kernel: new SpawnedNft(100), conntrack });
      running.push(reconciler);
      for (const object of CLUSTER) reconciler.set(object);
      reconciler.ready();
      await sleep(1_000);
      assert.ok(reconciler.stats.failedFullLoads > 0);
    });
    await reconciler.settled();
    assert.is(heldBy(await kernel.list()), intendedBy(reconciler.intent()));
  });

  test('cleaning up takes our table and no other', async () => {
    nft('add table ip stranger');
    await (await start(CLUSTER)).stop();
    await cleanUp(kernel);
    assert.is(await kernel.list(), undefined);
    assert.match(await kernel.listAll(), 'stranger');
    await cleanUp(kernel);
  });
}

async function withNft<T>(script: string, run: () => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-nft-'));
  const path = process.env['PATH'];
  writeFileSync(join(folder, 'nft'), script);
  chmodSync(join(folder, 'nft'), 0o755);
  process.env['PATH'] = `${folder}:${path}`;
  try {
    return await run();
  } finally {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  }
}
