import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MAIN } from '../support/golden.ts';
import { run, runNode } from '../support/subprocess.ts';

/** What is offered at the end of the words, the last of which is being typed. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await runNode([MAIN, '--get-completions', ...words]);
  assert.is(code, 0);
  assert.is(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

test('options by their beginning', async () => {
  assert.equal(await offered('--d'), ['--dry-run', '--diff', '--datapath']);
  assert.ok((await offered('--dry-run', '-')).includes('--pod-cidr'));
});

test('commands where one may stand', async () => {
  assert.equal(await offered('e'), ['explain']);
  assert.ok((await offered('')).includes('completion'));
  assert.equal(await offered('--dry-run', ''), []);
});

test('the values of a choice', async () => {
  assert.equal(await offered('-o', ''), ['nft', 'json']);
  assert.equal(await offered('--output', 'j'), ['json']);
  assert.equal(await offered('--datapath', ''), ['kernel', 'queue']);
});

test('nothing where a file is due: the shell then offers files', async () => {
  assert.equal(await offered('--dry-run', '-f', ''), []);
  assert.equal(await offered('--kubeconfig', 'c'), []);
});

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`the script for ${shell}, as named and as $SHELL has it`, async () => {
    const named = await runNode([MAIN, 'completion', shell], { env: { SHELL: '/bin/sh' } });
    assert.is(named.code, 0);
    assert.match(named.stdout, 'kncompile --get-completions');
    const own = await runNode([MAIN, 'completion'], { env: { SHELL: `/usr/bin/${shell}` } });
    assert.is(own.stdout, named.stdout);
  });
}

test('bash takes the script, and completes by it', async () => {
  const script = `kncompile() { "${process.execPath}" "${MAIN}" "$@"; }
    source <(kncompile completion bash)
    COMP_WORDS=(kncompile --dry-run -o j); COMP_CWORD=3
    _kncompile; echo "\${COMPREPLY[@]}"
    complete -p kubectl-kncompile`;
  const { stdout, stderr } = await run('bash', ['-c', script]);
  assert.is(stderr, '');
  assert.is(stdout, 'json\ncomplete -o default -F _kncompile kubectl-kncompile\n');
});

test('an unknown shell is wrong use', async () => {
  const { code, stderr } = await runNode([MAIN, 'completion', 'tcsh']);
  assert.is(code, 2);
  assert.match(stderr, 'Choices: "bash", "zsh", "fish"');
});

test.run();
