/**
 * `pnpm bench:analysis`: how long the commands that answer questions take, from process start to its end. They are run as
 * installed (README: On the PATH), which is the bundle; `explain` from the sources as well.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, benchArgs, printTable, quantile, reportGoals, round } from '../../../.ci/bench-report.ts';
import { type AnalysisInputs, writeInputs } from './analysis-inputs.ts';

const PODS = 10_000;
const POLICIES = 200;
const SOURCES = fileURLToPath(new URL('../src/cli/main.mjs', import.meta.url));
const BUNDLER = fileURLToPath(new URL('../../agent/scripts/bundle.ts', import.meta.url));

interface Measured {
  readonly command: string;
  /** Milliseconds of each run; the first, which fills Node's code cache, is not among them. */
  readonly runs: readonly number[];
  readonly median: number;
  /** Against a Node that does nothing, in the same run: what a busy machine slows down as well. */
  readonly timesNode: number;
}

const args = benchArgs();
const rounds = args.quick ? 3 : 9;
const folder = mkdtempSync(join(tmpdir(), 'kncompile-bench-'));
const INSTALLED = join(folder, 'bundle/kncompile.js');
try {
  run([BUNDLER, dirname(INSTALLED)]);
  process.stderr.write(`writing ${PODS} pods of 1,000 workloads, ${POLICIES} policies …\n`);
  report(writeInputs(folder, PODS, POLICIES));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report({ recording, manifests, from, to }: AnalysisInputs): void {
  const empty = quantile(times(['-e', '0']), 0.5);
  const measureFrom = (main: string, ...words: string[]): Measured => {
    const command = (main === SOURCES ? ['sources:', ...words] : words)
      .map((word) => (word.startsWith(folder) ? word.slice(folder.length + 1) : word))
      .join(' ');
    process.stderr.write(`measuring ${command} …\n`);
    const runs = times([main, ...words]);
    const median = quantile(runs, 0.5);
    return { command, runs, median, timesNode: median / empty };
  };
  const measure = (...words: string[]): Measured => measureFrom(INSTALLED, ...words);
  const version = measure('--version');
  const list = measure('list', '-f', recording);
  const listManifests = measure('list', '-f', manifests);
  const lint = measure('lint', '-f', recording);
  const lintManifests = measure('lint', '-f', manifests);
  const question = ['explain', '-f', recording, from, `${to}:8080`];
  const explain = measure(...question);
  const explainSources = measureFrom(SOURCES, ...question);
  const diff = measure('diff', recording, recording, '-A', '--node', 'node-0');
  const all = [version, list, listManifests, lint, lintManifests, explain, explainSources, diff];
  printTable(
    ['command', 'median ms', 'fastest', 'slowest', '× node -e 0'],
    all.map(({ command, runs, median, timesNode }) => [
      command,
      ...[median, Math.min(...runs), Math.max(...runs), timesNode].map(round),
    ]),
  );
  reportGoals(
    args,
    [
      atMost('list, 1,000 workloads × 200 policies', list.median, 2_000, 'ms'),
      atMost('explain, recording of 10,000 pods', explain.median, 300, 'ms'),
      atMost('lint, 1,000 workloads × 200 policies', lint.median, 3_000, 'ms'),
    ],
    { emptyNodeMs: empty, results: all },
  );
}

/** Whole processes, one after the other. Their output goes nowhere. */
function times(words: readonly string[]): number[] {
  run(words);
  return Array.from({ length: rounds }, () => run(words));
}

function run(words: readonly string[]): number {
  const start = performance.now();
  const { status, stderr, error } = spawnSync(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  const took = performance.now() - start;
  if (error) throw error;
  // 1 says that something was found, or differs.
  if (status !== 0 && status !== 1) throw new Error(`${words.join(' ')}: exit code ${status}: ${stderr}`);
  return took;
}
