import { symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFiles } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { run, runNode } from '../support/subprocess.ts';
import { DENY_ALL, DOCS, kncompile, pod, policy } from './support.ts';

test('--dry-run prints a ruleset on stdout and nothing on stderr', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', DOCS]);
  assert.is(code, 0);
  assert.is(stderr, '');
  assert.match(stdout, /^table inet kncompile \{$/m);
  assert.match(stdout, '10.244.1.10');
});

test('the same input gives the same bytes, whatever the order of the files', async () => {
  const files = {
    'a.yaml': DENY_ALL,
    'b.yaml': pod('p', '10.0.0.1', 'n'),
    'c.yaml': pod('q', '10.0.0.2', 'n'),
  };
  await withFiles(files, async (cwd) => {
    const there = await kncompile(['--dry-run', '-f', 'a.yaml', 'b.yaml', 'c.yaml'], { cwd });
    const back = await kncompile(['--dry-run', '-f', 'c.yaml', '-f', 'b.yaml', '-f', 'a.yaml'], { cwd });
    assert.is(there.code, 0);
    assert.is(back.stdout, there.stdout);
  });
});

test('-f - reads stdin', async () => {
  const { code, stdout } = await kncompile(['--dry-run', '-f', '-'], {
    stdin: DENY_ALL + pod('p', '10.9.8.7'),
  });
  assert.is(code, 0);
  assert.match(stdout, '10.9.8.7');
});

test('-o json prints data that says the same', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', DOCS, '-o', 'json']);
  assert.is(code, 0);
  assert.is(stderr, '');
  const data = JSON.parse(stdout);
  assert.is(data.node, 'worker-1');
  assert.ok(data.chains.some((chain: { name: string }) => chain.name === 'forward'));
  const elements = data.sets.flatMap((set: { elements: unknown[] }) => set.elements);
  assert.ok(JSON.stringify(elements).includes('NetworkPolicy default/test-network-policy rule 1'));
});

test('--stats adds the numbers: comments behind the text, a field of the JSON', async () => {
  const text = await kncompile(['--dry-run', '-f', DOCS, '--stats']);
  const plain = await kncompile(['--dry-run', '-f', DOCS]);
  assert.ok(text.stdout.startsWith(plain.stdout));
  const json = await kncompile(['--dry-run', '-f', DOCS, '--stats', '-o', 'json']);
  const { stats, sets, chains } = JSON.parse(json.stdout);
  for (const name of ['classes', 'cells', 'sets', 'elements', 'rules']) {
    assert.type(stats[name], 'number');
    assert.match(text.stdout, `# ${name}: ${stats[name]}\n`);
  }
  const count = (lists: { length: number }[]): number => lists.reduce((sum, { length }) => sum + length, 0);
  assert.is(stats.sets, sets.length);
  assert.is(stats.elements, count(sets.map((set: { elements: unknown[] }) => set.elements)));
  assert.is(stats.rules, count(chains.map((chain: { rules: unknown[] }) => chain.rules)));
});

test('flags change the ruleset', async () => {
  const base = await kncompile(['--dry-run', '-f', DOCS]);
  const flags = [
    ['--ct-mark-mask', '0x0000ff00'],
    ['--queue-range', '7-8'],
    ['--fail-open'],
    ['--datapath', 'queue'],
  ];
  for (const words of flags) {
    const { code, stdout } = await kncompile(['--dry-run', '-f', DOCS, ...words]);
    assert.is(code, 0, words.join(' '));
    assert.is.not(stdout, base.stdout, words.join(' '));
  }
});

test('bad documents are named, the rest is compiled and printed, exit code 2', async () => {
  const bad = policy('broken', '{podSelector: {matchLabels: {a: 1}}}');
  const input = DENY_ALL + bad + pod('p', '10.0.0.1');
  const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', '-'], { stdin: input });
  assert.is(code, 2);
  assert.match(stdout, 'NetworkPolicy default/deny');
  assert.match(stderr, /^<stdin>:9:[0-9]+: /m);
  assert.match(stderr, /^1 error\b/m);
});

test('warnings alone exit with 0', async () => {
  const spec = '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.1/8}}]}]}';
  const { code, stderr } = await kncompile(['--dry-run', '-f', '-'], {
    stdin: policy('host-bits', spec) + pod('p', '10.0.0.1'),
  });
  assert.is(code, 0);
  assert.match(stderr, 'warning');
});

test('kinds without use are skipped and counted', async () => {
  const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: s}\n---\n';
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n---\n';
  const { code, stderr } = await kncompile(['--dry-run', '-f', '-'], {
    stdin: service + service.replace('name: s', 'name: t') + secret + pod('p', '10.0.0.1', 'n'),
  });
  assert.is(code, 0);
  assert.is(stderr, 'note: 3 objects of kinds without use here were skipped: 1 Secret, 2 Service\n');
});

test('a path that does not exist is bad input', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', 'nowhere', DOCS]);
  assert.is(code, 2);
  assert.match(stdout, '10.244.1.10');
  assert.match(stderr, '"nowhere" does not exist');
});

test('an empty input can be looked at, with a note', async () => {
  await withFiles({ 'empty.yaml': '' }, async (cwd) => {
    for (const words of [
      ['-f', 'empty.yaml'],
      ['-f', '/dev/null'],
      ['-f', '.'],
    ]) {
      const { code, stdout, stderr } = await kncompile(['--dry-run', ...words], { cwd });
      assert.is(code, 0);
      assert.match(stdout, 'table inet kncompile');
      assert.match(stderr, /^note: the input holds no policies, pods, namespaces or nodes$/m);
    }
  });
});

for (const [from, reason] of [
  ['< .', 'it is a directory'],
  ['<&-', 'it is closed or the null device'],
  ['< /dev/null', 'it is closed or the null device'],
]) {
  test(`a standard input that nothing can come from (${from}) is an error`, async () => {
    const script = `"${process.execPath}" "${MAIN}" --dry-run -f - ${from}`;
    const { code, stdout, stderr } = await run('bash', ['-c', script]);
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.ok(stderr.startsWith(`"<stdin>" cannot be read: ${reason} [input-unreadable]\n`), stderr);
  });
}

test('where the only input cannot be read there is no ruleset', async () => {
  await withFiles({ 'latin1.yaml': '' }, async (cwd) => {
    writeFileSync(`${cwd}/latin1.yaml`, Buffer.from([0xe4]));
    for (const path of ['nowhere', 'latin1.yaml']) {
      const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', path], { cwd });
      assert.is(code, 2);
      assert.is(stdout, '');
      assert.match(stderr, /^kncompile: there is nothing to compile: the input cannot be read$/m);
    }
  });
});

test('without -f and without a cluster the message says so', async () => {
  await withFiles({ 'kubeconfig.yaml': 'apiVersion: v1\nkind: Config\n' }, async (folder) => {
    const { code, stdout, stderr } = await kncompile([
      '--dry-run',
      '--kubeconfig',
      `${folder}/kubeconfig.yaml`,
    ]);
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.not.match(stderr, /^ {4}at /m);
    assert.ok(stderr.trim().split('\n').length <= 4, stderr);
  });
});

test('as a kubectl plugin it calls itself so', async () => {
  await withFiles({}, async (folder) => {
    symlinkSync(MAIN, `${folder}/kubectl-kncompile`);
    const { code, stdout } = await runNode([`${folder}/kubectl-kncompile`, '-h']);
    assert.is(code, 0);
    assert.match(stdout, 'kubectl kncompile --dry-run');
  });
});

test.run();
