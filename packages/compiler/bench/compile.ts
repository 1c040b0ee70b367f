/** `pnpm bench:compile`: how compiling scales with pods and policies, and what a packet meets. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { atMost, benchArgs, printTable, reportGoals, round } from '../../../.ci/bench-report.ts';
import { Lab } from '../test/support/lab/lab.ts';
import { missingForLab } from '../test/support/lab/requires.ts';
import { rulesPassed } from '../test/support/lab/rules-per-packet.ts';
import type { Measured } from './measure.ts';

const PODS = [1_000, 10_000, 100_000];
const POLICIES = [100, 1_000, 10_000];
/** As the image and `pnpm kncompile` run it: a small young generation saves 90 MB here, and no time is lost. */
const NODE_FLAG = '--max-semi-space-size=8';
const POLICIES_PER_PACKET: readonly number[] = [1, 100, 10_000];

const args = benchArgs();
const scales = PODS.flatMap((pods) => POLICIES.map((policies) => ({ pods, policies })));
const chosen = args.quick ? scales.filter(({ pods, policies }) => policies === pods / 10) : scales;
const rounds = args.quick ? 400 : 2_000;

const results: Measured[] = [];
for (const { pods, policies } of chosen) {
  process.stderr.write(`measuring ${pods} pods × ${policies} policies …\n`);
  const child = fileURLToPath(new URL('measure.ts', import.meta.url));
  const out = execFileSync(process.execPath, [NODE_FLAG, child, ...[pods, policies, rounds].map(String)], {
    encoding: 'utf8',
  });
  results.push(JSON.parse(out) as Measured);
}

printTable(
  [
    'pods × policies',
    'compile ms',
    'peak MB',
    'remote p50 µs',
    'p99',
    'elements',
    'local p50 µs',
    'p99',
    'elements',
    'classes',
    'cells',
    'all elements',
  ],
  results.map(({ pods, policies, compileMs, peakMb, remote, local, stats }) => [
    `${pods} × ${policies}`,
    ...[compileMs, peakMb, remote.p50, remote.p99, remote.elements, local.p50, local.p99, local.elements].map(
      round,
    ),
    stats.classes,
    stats.cells,
    stats.elements,
  ]),
);

const perPacket = await countRules();
console.log();
printTable(
  ['policies', 'rules passed (simulator)', 'rules passed (kernel trace)'],
  perPacket.map(({ policies, simulator, kernel }) => [policies, simulator.join(' '), kernel.join(' ')]),
);

async function countRules() {
  const missing = missingForLab();
  if (missing !== undefined) {
    console.error(`rules per packet: not measured, ${missing}`);
    return [];
  }
  const lab = await Lab.create();
  try {
    return await rulesPassed(lab, POLICIES_PER_PACKET);
  } finally {
    lab.close();
  }
}

const at = (pods: number): Measured => results.findLast((one) => one.pods === pods) as Measured;
const [least, most] = [at(PODS[0] as number), at(PODS.at(-1) as number)];
const worst = (pick: (one: Measured) => number): number => Math.max(...results.map(pick));
const spreadOf = (side: 'kernel' | 'simulator'): number => {
  const counts = perPacket.map((each) => each[side].reduce((sum, count) => sum + count, 0));
  return Math.max(...counts) - Math.min(...counts);
};
reportGoals(
  args,
  [
    atMost('full compile of the largest', most.compileMs, 1_500, 'ms'),
    atMost('peak memory of the largest', most.peakMb, 400, 'MB'),
    atMost(
      'remote pod event, p50 at worst',
      worst(({ remote }) => remote.p50),
      100,
      'µs',
    ),
    atMost('remote pod event, 100k against 1k pods', most.remote.p50 / least.remote.p50, 2, '×'),
    // A dual-stack pod that comes or goes has two addresses.
    atMost(
      'elements per address, remote pod event',
      worst(({ remote }) => remote.elements) / 2,
      1,
      'elements',
    ),
    atMost('local pod event, p50 at worst', worst(({ local }) => local.p50) / 1_000, 2, 'ms'),
    atMost('local pod event, 100k against 1k pods', most.local.p50 / least.local.p50, 2, '×'),
    ...(perPacket.length > 0
      ? (['simulator', 'kernel'] as const).map((side) =>
          atMost(`rules per packet, 10k policies against one (${side})`, spreadOf(side), 0, 'more rules'),
        )
      : []),
  ],
  { results, rulesPerPacket: perPacket },
);
