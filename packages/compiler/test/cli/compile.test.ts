import { symlinkSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, type RunOptions, runNode } from '../support/subprocess.ts';

const DOCS = 'fixtures/kubernetes-docs';
const kncompile = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  runNode([MAIN, ...args], { cwd: CHECKOUT, ...options });

const policy = (name: string, spec: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
const pod = (name: string, address: string, node?: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {${node ? `nodeName: ${node}, ` : ''}containers: []}\n` +
  `status: {podIPs: [{ip: ${address}}]}\n---\n`;
const node = (name: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n---\n`;
const DENY_ALL = policy('deny', '{podSelector: {}}');

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
    ['--mark-mask', '0x0000ff00'],
    ['--queues', '7-8'],
    ['--fail-open'],
    ['--datapath', 'queue'],
  ];
  for (const words of flags) {
    const { code, stdout } = await kncompile(['--dry-run', '-f', DOCS, ...words]);
    assert.is(code, 0, words.join(' '));
    assert.is.not(stdout, base.stdout, words.join(' '));
  }
});

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

test('without --node: the only node', async () => {
  const input = DENY_ALL + node('a') + pod('p', '10.0.0.1', 'a') + pod('q', '10.0.0.2', 'b');
  const chosen = await kncompile(['--dry-run', '-f', '-'], { stdin: input });
  const named = await kncompile(['--dry-run', '-f', '-', '--node', 'a'], { stdin: input });
  assert.is(chosen.code, 0);
  assert.is(chosen.stdout, named.stdout);
});

test('without --node: several nodes are an error that lists them', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', '-'], {
    stdin: node('b') + node('a'),
  });
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.is(stderr, 'kncompile: the input has 2 nodes: choose one with --node\n  a\n  b\n');
});

test('without Node objects the nodes that pods name count', async () => {
  const one = await kncompile(['--dry-run', '-f', '-'], { stdin: DENY_ALL + pod('p', '10.0.0.1', 'n') });
  assert.is(one.code, 0);
  assert.is(one.stderr, '');
  const two = pod('p', '10.0.0.1', 'n') + pod('q', '10.0.0.2', 'm');
  const several = await kncompile(['--dry-run', '-f', '-'], { stdin: two });
  assert.is(several.code, 2);
  assert.match(several.stderr, '  m\n  n\n');
});

test('a node that no pod names may have none, but not one that the Node objects lack', async () => {
  const pods = DENY_ALL + pod('p', '10.0.0.1', 'n');
  const empty = await kncompile(['--dry-run', '-f', '-', '--node', 'm'], { stdin: pods });
  assert.is(empty.code, 0);
  assert.is(empty.stderr, 'note: the input has no node "m", and no pod on it\n');
  const wrong = await kncompile(['--dry-run', '-f', '-', '--node', 'm'], { stdin: pods + node('n') });
  assert.is(wrong.code, 2);
  assert.is(wrong.stderr, 'kncompile: the input has no node "m"\n  n\n');
});

test('where nobody names a node every pod is local, and a note says so', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run', '-f', '-'], {
    stdin: DENY_ALL + pod('p', '10.0.0.1'),
  });
  assert.is(code, 0);
  assert.match(stderr, /^note: the input names no node/);
  assert.match(stdout, '10.0.0.1');
});

test('pods that name no node are taken as local to the one that is compiled', async () => {
  const input = DENY_ALL + node('a') + node('b') + pod('p', '10.0.0.1') + pod('q', '10.0.0.2', 'b');
  const { stdout } = await kncompile(['--dry-run', '-f', '-', '--node', 'a', '-o', 'json'], { stdin: input });
  const subjects = JSON.parse(stdout).sets.find((set: { name: string }) => set.name === 'subjects_ingress4');
  assert.equal(subjects.elements, [{ key: ['10.0.0.1'] }]);
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
  const { code, stderr } = await kncompile(['--dry-run', '-f', 'nowhere', DOCS]);
  assert.is(code, 2);
  assert.match(stderr, '"nowhere" does not exist');
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
