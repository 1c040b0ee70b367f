/** IPVS comes and goes under a reconciler, over a fake kernel. */
import { readTable } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bench, CLUSTER, generationIn, OPTIONS as MARKED } from './support.ts';

/** Without the base chains that stand behind xtables' rule. */
const OPTIONS = { ...MARKED, queueVia: 'nft' } as const;

async function running(parts: Parameters<typeof bench>[0] = {}) {
  const made = bench({ options: OPTIONS, ...parts });
  for (const object of CLUSTER) made.reconciler.set(object);
  made.reconciler.ready();
  await made.clock.advance(50);
  return made;
}

async function baseChains({ kernel }: ReturnType<typeof bench>): Promise<readonly string[]> {
  const { chains } = readTable((await kernel.list()) ?? '');
  return chains.flatMap(({ name, isBase }) => (isBase ? [name] : [])).sort();
}

test('the chains follow, in one delta each, and every connection is judged anew', async () => {
  const made = await running();
  const { reconciler, clock, kernel } = made;
  assert.equal(await baseChains(made), ['forward', 'input']);
  for (const [ipvs, chains] of [
    [true, ['forward', 'late_input', 'output']],
    [false, ['forward', 'input']],
    [true, ['forward', 'late_input', 'output']],
  ] as const) {
    const generation = generationIn(await kernel.list());
    kernel.log.length = 0;
    reconciler.useIpvs(ipvs);
    await clock.advance(50);
    assert.equal(await baseChains(made), chains);
    assert.is(generationIn(await kernel.list()), generation + 1);
    assert.equal(
      kernel.log.map(({ extent, ok }) => [extent, ok]),
      [['delta', true]],
    );
    assert.not(await check(made), 'what stays of a base chain is no drift');
  }
});

test('what is known before the first commit is in it', async () => {
  const made = bench({ options: OPTIONS });
  made.reconciler.useIpvs(true);
  for (const object of CLUSTER) made.reconciler.set(object);
  made.reconciler.ready();
  await made.clock.advance(50);
  assert.equal(await baseChains(made), ['forward', 'late_input', 'output']);
  assert.is(made.kernel.log.length, 1);
});

test('a table that was made with IPVS is adopted without, and the other way', async () => {
  const before = await running({ options: { ...OPTIONS, ipvs: true } });
  const { kernel } = before;
  await before.reconciler.stop();
  const without = await running({ kernel });
  assert.is(without.reconciler.stats.start, 'adopted');
  assert.is(without.reconciler.stats.fullLoads, 0);
  assert.equal(await baseChains(without), ['forward', 'input']);
  assert.not(await check(without));
  await without.reconciler.stop();
  const again = await running({ kernel, options: { ...OPTIONS, ipvs: true } });
  assert.equal(await baseChains(again), ['forward', 'late_input', 'output']);
  assert.not(await check(again));
});

test('rules that somebody puts into a chain of no use are taken out again', async () => {
  const made = await running();
  made.reconciler.useIpvs(true);
  await made.clock.advance(50);
  made.kernel.tamper('add chain inet kncompile input\nadd rule inet kncompile input accept\n');
  assert.ok(await check(made));
  assert.equal(await baseChains(made), ['forward', 'late_input', 'output']);
  assert.not(await check(made));
});

async function check({ reconciler, clock }: ReturnType<typeof bench>): Promise<boolean> {
  const checked = reconciler.check();
  await clock.advance(50);
  return checked;
}

test.run();
