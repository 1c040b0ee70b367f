import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, run } from '../support/subprocess.ts';

const COMMAND = `"${process.execPath}" "${MAIN}" --dry-run -f fixtures/kubernetes-docs`;
const shell = (script: string): Promise<Ended> => run('bash', ['-c', script], { cwd: CHECKOUT });

test('a reader that goes away early is no error', async () => {
  const { stdout, stderr } = await shell(`${COMMAND} | head -n 1; echo "code \${PIPESTATUS[0]}"`);
  assert.match(stdout, /\ncode 0\n$/);
  assert.is(stderr, '');
});

test('a reader that never comes is no error', async () => {
  const { stdout, stderr } = await shell(`${COMMAND} | true; echo "code \${PIPESTATUS[0]}"`);
  assert.is(stdout, 'code 0\n');
  assert.is(stderr, '');
});

test('a full disk under stdout is one message and exit code 2', async () => {
  assert.ok(existsSync('/dev/full'));
  const { code, stderr } = await shell(`${COMMAND} > /dev/full`);
  assert.is(stderr, 'kncompile: cannot write the output: no space left on the device\n');
  assert.is(code, 2);
});

test('help and completion write to a full disk no better', async () => {
  for (const word of ['--help', '--version', 'completion']) {
    const { code, stderr } = await shell(`"${process.execPath}" "${MAIN}" ${word} > /dev/full`);
    assert.is(stderr, 'kncompile: cannot write the output: no space left on the device\n', word);
    assert.is(code, 2, word);
  }
});

test('a full disk under stderr leaves the exit code to speak', async () => {
  const { code, stdout } = await shell(`${COMMAND} --node nobody 2> /dev/full`);
  assert.is(stdout, '');
  assert.is(code, 2);
});

test('closed stdout and stderr are no crash', async () => {
  const { code } = await shell(`${COMMAND} >&- 2>&-`);
  assert.ok(code === 0 || code === 2, `code ${code}`);
});

test('Ctrl-C ends it, also while it waits for stdin', async () => {
  const child = spawn(process.execPath, [MAIN, '--dry-run', '-f', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const ended = once(child, 'close');
  await setTimeout(1500);
  child.kill('SIGINT');
  const [, signal] = await ended;
  assert.is(signal, 'SIGINT');
  // A quick start has waited for a second by then, and says so.
  assert.match(said, /^(reading objects …\n)?$/);
});

test.run();
