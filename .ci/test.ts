/**
 * Runs test files, each in a process of its own, and counts:  node .ci/test.ts [PATH-PART…]
 *
 * Two files at a time. One of them is of those under a folder `kernel`, as long as there are any: network namespaces share
 * one kernel, and their tests wait more than they work. The others give way to it. Of these, the ones under a folder `qemu`
 * have a kernel of their own, and take long: they come first. `*.bench.test.ts` and `*.load.test.ts` run alone, at the end: a
 * measurement, and a load that the machine can just bear, want it for themselves.
 * A test that cannot run here prints `SKIP: reason`; one that lacks root, nft or network namespaces prints
 * `SKIP namespaces: reason`, which is a failure with CI=true. Exit code 0, 1 (something failed) or 130 (Ctrl-C).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly string[];
  /** Why the file as a whole counts as failed, beside its failed tests. */
  readonly problem: string | undefined;
}

/** Of files that give way to others: see nice(2). */
const POLITE = Math.min(getPriority() + 10, constants.priority.PRIORITY_LOW);
/** No file may take longer: a hung test would otherwise cost the whole run. */
const FILE_LIMIT_MS = 10 * 60_000;

const filters = process.argv.slice(2).map((part) => part.replace(/^\.\//, ''));
const files = globSync('packages/*/test/**/*.test.ts')
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .sort();
if (files.length === 0) {
  console.error(
    `test: no test file's path holds ${filters.join(' or ') || '"packages/*/test/**/*.test.ts"'}`,
  );
  process.exit(1);
}

const running = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) kill(child);
    process.exit(130);
  });
}

const outcomes: Outcome[] = [];
const isAlone = (file: string): boolean => /\.(bench|load)\.test\.ts$/.test(file);
const isIn = (folder: string) => (file: string) => !isAlone(file) && file.includes(`/${folder}/`);
const kernel = files.filter(isIn('kernel'));
const qemu = files.filter(isIn('qemu'));
const ordinary = files.filter((file) => ![...kernel, ...qemu].includes(file) && !isAlone(file));
const polite = [...qemu, ...ordinary];
await Promise.all([runAll(kernel, getPriority()).then(() => runAll(polite, POLITE)), runAll(polite, POLITE)]);
await runAll(files.filter(isAlone), getPriority());

const failed = sum((outcome) => outcome.failed);
console.log(
  `\n${sum((outcome) => outcome.passed)} passed, ${failed} failed, ${sum((o) => o.skips.length)} skipped`,
);
process.exitCode = failed > 0 ? 1 : 0;

/** One after the other; takes what it runs from the queue. */
async function runAll(queue: string[], niceness: number): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    outcomes.push(await runFile(file, niceness));
  }
}

async function runFile(file: string, niceness: number): Promise<Outcome> {
  const started = performance.now();
  // A process group of its own, so that what a test leaves behind ends with it.
  const child = spawn(process.execPath, [file], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  if (child.pid !== undefined) setPriority(child.pid, niceness);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill(child);
  }, FILE_LIMIT_MS);
  const ended = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => resolve(endedBadly(code, signal)));
  });
  clearTimeout(timer);
  running.delete(child);
  const outcome = judge(output, late ? `still running after ${FILE_LIMIT_MS / 60_000} minutes` : ended);
  report(file, outcome, output, performance.now() - started);
  return outcome;
}

function endedBadly(code: number | null, signal: string | null): string | undefined {
  if (signal) return `ended by ${signal}`;
  return code === 0 ? undefined : `exit code ${code}`;
}

/** Reads uvu's closing lines. A file without `test.run()` reports nothing and exits with 0: that is a failure. */
function judge(output: string, ended: string | undefined): Outcome {
  const count = (label: string): number =>
    Number(new RegExp(`^ {2}${label}: +([0-9]+)$`, 'm').exec(output)?.[1] ?? 0);
  const total = count('Total');
  const passed = count('Passed');
  const skips = Array.from({ length: count('Skipped') }, () => 'test.skip');
  const problems = ended === undefined || total > passed ? [] : [ended];
  for (const [, need, reason] of output.matchAll(/^SKIP( namespaces)?: (.*)$/gm)) {
    if (need && process.env['CI'] === 'true') problems.push(`may not be skipped in CI: ${reason}`);
    else skips.push(reason as string);
  }
  if (total === 0 && skips.length === 0 && problems.length === 0)
    problems.push('ran no test: is test.run() missing?');
  return {
    passed,
    failed: total - passed + problems.length,
    skips,
    problem: problems.join('; ') || undefined,
  };
}

function report(file: string, outcome: Outcome, output: string, ms: number): void {
  const word = outcome.failed > 0 ? 'FAIL' : outcome.passed > 0 ? 'ok  ' : 'skip';
  console.log(`${word} ${file}  ${outcome.passed} passed  ${(ms / 1000).toFixed(1)} s`);
  for (const reason of outcome.skips) console.log(`     skipped: ${reason}`);
  if (outcome.problem) console.log(`     ${outcome.problem}`);
  if (outcome.failed > 0) console.log(output.replace(/^/gm, '     | '));
}

function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}

function sum(of: (outcome: Outcome) => number): number {
  return outcomes.reduce((total, outcome) => total + of(outcome), 0);
}
