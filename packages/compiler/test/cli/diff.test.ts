import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFiles } from '../support/checkout.ts';
import { DENY_ALL, deployment, kncompile, pod, policy } from './support.ts';

test('--diff --from another input prints the transaction; exit code 1 says that there is one', async () => {
  const before = DENY_ALL + pod('p', '10.0.0.1', 'n');
  await withFiles({ 'old.yaml': before, 'new.yaml': before + pod('q', '10.0.0.2', 'n') }, async (cwd) => {
    const words = ['--diff', '-f', 'new.yaml', '--from', 'old.yaml'];
    const text = await kncompile(words, { cwd });
    assert.is(text.code, 1);
    assert.is(text.stderr, '');
    assert.match(text.stdout, /^add element inet kncompile peers4 \{ 10\.0\.0\.2 : /m);
    assert.not.match(text.stdout, '10.0.0.1');
    const json = await kncompile([...words, '-o', 'json'], { cwd });
    assert.is(json.code, 1);
    const { elements } = JSON.parse(json.stdout);
    const peers = elements.find((change: { set: string }) => change.set === 'peers4');
    assert.equal(peers.removed, []);
    assert.equal(peers.added[0].key, ['10.0.0.2']);
    const back = await kncompile(['--diff', '-f', 'old.yaml', '--from', 'new.yaml'], { cwd });
    assert.is(back.code, 1);
    assert.match(back.stdout, 'delete element inet kncompile peers4 { 10.0.0.2 }');
  });
});

test('--diff of inputs that mean the same prints nothing', async () => {
  const input = DENY_ALL + pod('p', '10.0.0.1', 'n');
  await withFiles({ 'old.yaml': input, 'new.yaml': `# moved\n${input}` }, async (cwd) => {
    const { code, stdout } = await kncompile(['--diff', '-f', 'new.yaml', '--from', 'old.yaml'], { cwd });
    assert.is(stdout, '');
    assert.is(code, 0);
  });
});

test('--diff with errors on either side exits with 2', async () => {
  const input = DENY_ALL + pod('p', '10.0.0.1', 'n');
  const bad = policy('broken', '{podSelector: {matchLabels: {a: 1}}}');
  await withFiles({ 'old.yaml': input + bad, 'new.yaml': input }, async (cwd) => {
    const { code, stderr } = await kncompile(['--diff', '-f', 'new.yaml', '--from', 'old.yaml'], { cwd });
    assert.is(code, 2);
    assert.match(stderr, 'old.yaml:');
  });
});

test('a side that cannot be read is no side', async () => {
  await withFiles({ 'new.yaml': DENY_ALL + pod('p', '10.0.0.1', 'n') }, async (cwd) => {
    const { code, stdout, stderr } = await kncompile(['--diff', '-f', 'new.yaml', '--from', 'old.yaml'], {
      cwd,
    });
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.match(stderr, '"old.yaml" does not exist');
    assert.match(stderr, /^kncompile: there is nothing to compile: the input cannot be read$/m);
  });
});

test('made-up addresses on both sides are said once', async () => {
  const files = { 'old.yaml': deployment('web', 2), 'new.yaml': DENY_ALL + deployment('web', 3) };
  await withFiles(files, async (cwd) => {
    const words = ['--diff', '-f', 'new.yaml', '--from', 'old.yaml'];
    const { code, stderr } = await kncompile(words, { cwd });
    assert.is(code, 1);
    assert.equal(stderr.match(/made-up/g), ['made-up']);
    assert.match(stderr, 'note: 3 pods have made-up addresses\n');
  });
});

test.run();
