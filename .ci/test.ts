/**
 * Runs test files, each in a process of its own, and counts:  node .ci/test.ts [PATH-PART…]
 *
 * Ordinary files run two at a time. Files under a folder `kernel` and `*.bench.test.ts` run one after the other, after
 * the rest: network namespaces share one kernel, and a measurement wants the machine for itself. Those under a folder
 * `qemu` have a kernel of their own, and take long: they come first among the ordinary ones.
 * A test that cannot run here prints `SKIP: reason`; one that lacks root, nft or network namespaces prints
 * `SKIP namespaces: reason`, which is a failure with CI=true. Exit code 0, 1 (something failed) or 130 (Ctrl-C).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly string[];
  /** Why the file as a whole counts as failed, beside its failed tests. */
  readonly problem: string | undefined;
}

const AT_ONCE = 2;
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
const alone = files.filter((file) => /\/kernel\/|\.bench\.test\.ts$/.test(file));
const isQemu = (file: string): boolean => file.includes('/qemu/');
const rest = files.filter((file) => !alone.includes(file));
const shared = [...rest.filter(isQemu), ...rest.filter((file) => !isQemu(file))];
await runAll(shared, AT_ONCE);
await runAll(alone, 1);

const failed = sum((outcome) => outcome.failed);
console.log(
  `\n${sum((outcome) => outcome.passed)} passed, ${failed} failed, ${sum((o) => o.skips.length)} skipped`,
);
process.exitCode = failed > 0 ? 1 : 0;

async function runAll(queue: readonly string[], atOnce: number): Promise<void> {
  const left = [...queue];
  const worker = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) outcomes.push(await runFile(file));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function runFile(file: string): Promise<Outcome> {
  const started = performance.now();
  // A process group of its own, so that what a test leaves behind ends with it.
  const child = spawn(process.execPath, [file], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
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
