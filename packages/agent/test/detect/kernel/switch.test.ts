/** The chains for IPVS come and go in a real kernel’s table. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectKernel } from '../../../src/kernel/connect.ts';
import { canJudgeIpvs } from '../../../src/kernel/ipvs-support.ts';
import { Reconciler } from '../../../src/reconcile/reconciler.ts';
import { isInside } from '../../kernel/support/inside.ts';
import { CLUSTER, OPTIONS as MARKED } from '../../reconcile/support.ts';

/** Without the queue statement, which this kernel may lack, and what stands in for it. */
const OPTIONS = { ...MARKED, queueVia: 'none' } as const;

if (isInside(import.meta.url)) {
  addTests();
  test.run();
}

function addTests(): void {
  test('this kernel can judge IPVS', async () => assert.ok(await canJudgeIpvs()));

  test('on, off and on again: deltas, no drift, and what is left of a base chain has no rules', async () => {
    const { kernel, conntrack } = await connectKernel();
    const reconciler = new Reconciler({ options: OPTIONS, kernel, conntrack });
    for (const object of CLUSTER) reconciler.set(object);
    reconciler.ready();
    await reconciler.settled();
    assert.equal(hooks(), { forward: true, input: true });
    for (const [ipvs, expected] of [
      [true, { forward: true, input: false, late_input: true, output: true }],
      [false, { forward: true, input: true, late_input: false, output: false }],
      [true, { forward: true, input: false, late_input: true, output: true }],
    ] as const) {
      reconciler.useIpvs(ipvs);
      await reconciler.settled();
      assert.equal(hooks(), expected);
      assert.not(await reconciler.check());
    }
    const { fullLoads, failedDeltas } = reconciler.stats;
    assert.equal([fullLoads, failedDeltas], [0, 0]);
    await reconciler.stop();

    const successor = new Reconciler({ options: OPTIONS, kernel, conntrack });
    for (const object of CLUSTER) successor.set(object);
    successor.ready();
    await successor.settled();
    assert.is(successor.stats.start, 'adopted');
    assert.equal(hooks(), { forward: true, input: true, late_input: false, output: false });
    assert.not(await successor.check());
    assert.is(successor.stats.fullLoads, 0);
    await successor.stop();
  });
}

/** The base chains of our table, and whether they have rules. */
function hooks(): Readonly<Record<string, boolean>> {
  const { stdout } = spawnSync('nft', ['-j', 'list', 'table', 'inet', 'kncompile'], { encoding: 'utf8' });
  const items = JSON.parse(stdout).nftables as readonly Record<string, Record<string, unknown>>[];
  const ruled = new Set(items.flatMap(({ rule }) => (rule ? [rule['chain']] : [])));
  const base = items.flatMap(({ chain }) => (chain?.['hook'] ? [String(chain['name'])] : []));
  return Object.fromEntries(base.sort().map((name) => [name, ruled.has(name)]));
}
