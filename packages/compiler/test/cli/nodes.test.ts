import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DENY_ALL, deployment, kncompile, node, pod } from './support.ts';

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

test('where nobody names a node, the one that is given is as good as any, and a note says so', async () => {
  const { code, stderr } = await kncompile(['--dry-run', '-f', '-', '--node', 'wroker'], {
    stdin: deployment('web', 2),
  });
  assert.is(code, 0);
  assert.is(
    stderr,
    'note: the input names no node: every pod is taken as local, to a node called "wroker"\n' +
      'note: 2 pods have made-up addresses\n',
  );
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

test('pods of templates are spread over the nodes, and a note says so', async () => {
  const input = node('a') + node('b') + deployment('web', 3) + deployment('db', 1);
  const { code, stderr } = await kncompile(['--dry-run', '-f', '-', '--node', 'a', '-o', 'json'], {
    stdin: input,
  });
  assert.is(code, 0);
  assert.match(stderr, /^note: 4 pods of templates spread over the nodes, [12] on "a": /m);
  const one = await kncompile(['--dry-run', '-f', '-'], { stdin: node('a') + deployment('web', 3) });
  assert.is(one.stderr, 'note: 3 pods have made-up addresses\n');
});

test.run();
