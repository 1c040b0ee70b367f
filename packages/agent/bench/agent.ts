/**
 * pnpm bench:agent [--quick] [--json FILE]
 *
 * The agent as the image has it, between an API server and two pods. Exit code 0 also where a goal is missed: the
 * machine decides that too.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { benchArgs, reportGoals } from '../../../.ci/bench-report.ts';
import { bundle } from '../scripts/bundle.ts';
import { NODE_FLAGS } from './agent-run.ts';
import { measureConnections } from './connections.ts';
import { type Measured, measureBareStart, measureSize, type Setting } from './node-bench.ts';
import { goalsOf, printResults, summaryOf } from './results.ts';

const PODS = [1_000, 10_000, 100_000];
const POLICY_COUNTS = [0, 1, 100, 10_000];
const PODS_PER_POLICY = 10;

const args = benchArgs();
const missing = missingForLab();
if (missing !== undefined) {
  console.error(missing);
  process.exit(1);
}
// Within the package, where ffi-rs is found as it is in the image.
const dist = join(import.meta.dirname, '../dist');
mkdirSync(dist, { recursive: true });
const folder = mkdtempSync(join(dist, 'bench-agent-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
// Namespaces, agents and files go with the process, however it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await bundle(folder);
const setting: Setting = {
  folder,
  wire: compileWire(folder),
  rounds: args.quick ? 30 : 300,
  starts: args.quick ? 1 : 3,
  // With the comparison of kernel and intent, which comes once a minute.
  idleSeconds: args.quick ? 5 : 65,
};

const sizes = (args.quick ? PODS.slice(0, 2) : PODS).map((pods) => ({
  pods,
  policies: pods / PODS_PER_POLICY,
}));
const [largest] = sizes.slice(-1);
if (!largest) throw new Error('no sizes');
const measured: Measured[] = [];
for (const size of sizes) {
  process.stderr.write(`measuring ${size.pods} pods × ${size.policies} policies …\n`);
  measured.push(await measureSize(setting, size, size === largest));
}
process.stderr.write('measuring the start with bare pods …\n');
const bareStart = await measureBareStart(setting, largest);
process.stderr.write('measuring connections …\n');
const connections = await measureConnections(setting.wire, POLICY_COUNTS, args.quick ? 40 : 400);

const results = { measured, bareStart, connections };
printResults(results);
reportGoals(args, goalsOf(results), { nodeFlags: NODE_FLAGS, ...summaryOf(results) });

function compileWire(into: string): string {
  const [source, program] = [join(import.meta.dirname, 'wire.c'), join(into, 'wire')];
  const options = ['-O2', '-Wall', '-Wextra', '-o', program, source];
  const { status, stderr, error } = spawnSync('cc', options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cc ${source}: ${error?.message ?? stderr}`);
  return program;
}
