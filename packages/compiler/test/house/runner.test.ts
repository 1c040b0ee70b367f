import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { type Ended, runNode } from '../support/subprocess.ts';

// By address, because a made-up package outside the checkout has no node_modules.
const HEAD = `import { test } from '${import.meta.resolve('uvu')}';\nimport * as assert from '${import.meta.resolve('uvu/assert')}';\n`;
const GOOD = `${HEAD}test('a', () => assert.ok(true));\ntest('b', () => assert.ok(true));\ntest.run();\n`;
const BAD = `${HEAD}test('a', () => assert.ok(true));\ntest('b', () => assert.is(1, 2));\ntest.run();\n`;
const skipping = (line: string): string => `console.log(${JSON.stringify(line)});\n`;

/** Runs the runner over made-up test files of a made-up package. */
function runner(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>> = {},
  filters: readonly string[] = [],
): Promise<Ended> {
  const placed = Object.entries(files).map(([name, text]) => [`packages/p/test/${name}.test.ts`, text]);
  const options = { env: { CI: undefined, ...env } };
  return withFiles({ ...Object.fromEntries(placed), 'package.json': '{"type":"module"}' }, (folder) =>
    runNode([`${CHECKOUT}/.ci/test.ts`, ...filters], { cwd: folder, ...options }),
  );
}

async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text !== '') return Number(text);
    await setTimeout(20);
  }
}

/** Whether a process is gone, or only waits for its new parent to notice, within two seconds. */
async function ends(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    const stat = `/proc/${pid}/stat`;
    if (!existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z ')) return true;
    await setTimeout(20);
  }
  return false;
}

const lastLine = (ended: Ended): string | undefined => ended.stdout.trimEnd().split('\n').at(-1);

test('counts the tests of all files, also in folders', async () => {
  const ended = await runner({ one: GOOD, 'deep/two': GOOD, 'kernel/three': GOOD });
  assert.is(lastLine(ended), '6 passed, 0 failed, 0 skipped');
  assert.is(ended.code, 0);
});

test('a failed test fails the run and shows its output', async () => {
  const ended = await runner({ one: GOOD, two: BAD });
  assert.is(lastLine(ended), '3 passed, 1 failed, 0 skipped');
  assert.match(ended.stdout, 'FAIL packages/p/test/two.test.ts');
  assert.match(ended.stdout, 'Expected values to be strictly equal');
  assert.is(ended.code, 1);
});

test('a file that forgot test.run() fails', async () => {
  const ended = await runner({ one: GOOD.replace('test.run();', '') });
  assert.is(lastLine(ended), '0 passed, 1 failed, 0 skipped');
  assert.match(ended.stdout, 'ran no test: is test.run() missing?');
  assert.is(ended.code, 1);
});

test('a file that crashes, before or after its tests, fails', async () => {
  const ended = await runner({
    one: `throw new Error('early');`,
    two: `${GOOD}setTimeout(() => process.exit(7), 50);`,
  });
  assert.is(lastLine(ended), '2 passed, 2 failed, 0 skipped');
  assert.match(ended.stdout, 'exit code 7');
  assert.is(ended.code, 1);
});

test('skips are counted and their reasons shown', async () => {
  const ended = await runner({
    one: skipping('SKIP: needs tshark'),
    two: skipping('SKIP namespaces: needs root'),
    three: GOOD.replace(`test('b'`, `test.skip('b'`),
  });
  assert.is(lastLine(ended), '1 passed, 0 failed, 3 skipped');
  assert.match(ended.stdout, 'skipped: needs tshark');
  assert.is(ended.code, 0);
});

test('in CI a skip of a namespace test is a failure, another skip is not', async () => {
  const files = { one: skipping('SKIP: needs tshark'), two: skipping('SKIP namespaces: needs root') };
  const ended = await runner(files, { CI: 'true' });
  assert.is(lastLine(ended), '0 passed, 1 failed, 1 skipped');
  assert.match(ended.stdout, 'may not be skipped in CI: needs root');
  assert.is(ended.code, 1);
});

test('filters pick files by a part of the path; one that picks nothing is an error', async () => {
  const ended = await runner({ 'one/a': GOOD, 'two/b': BAD }, {}, ['./packages/p/test/one']);
  assert.is(lastLine(ended), '2 passed, 0 failed, 0 skipped');
  assert.is((await runner({ one: GOOD }, {}, ['nowhere'])).code, 1);
});

test('Ctrl-C ends the test files too', async () => {
  const forever = `import { writeFileSync } from 'node:fs';\nwriteFileSync('pid', String(process.pid));\nsetInterval(() => {}, 1000);`;
  const files = { 'packages/p/test/a.test.ts': forever, 'package.json': '{"type":"module"}' };
  await withFiles(files, async (folder) => {
    const child = spawn(process.execPath, [`${CHECKOUT}/.ci/test.ts`], { cwd: folder });
    const pid = await pidIn(`${folder}/pid`);
    child.kill('SIGINT');
    const [code] = await once(child, 'close');
    assert.is(code, 130);
    assert.ok(await ends(pid), 'the test file still runs');
  });
});

test.run();
