import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY_CLUSTER, withApiServer } from '../objects/api-server.ts';
import { withFiles } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, type RunOptions, runNode } from '../support/subprocess.ts';

const CLUSTER = {
  ...EMPTY_CLUSTER,
  '/apis/networking.k8s.io/v1/networkpolicies': [
    { metadata: { name: 'deny', namespace: 'default' }, spec: { podSelector: {} } },
  ],
  '/api/v1/nodes': [{ metadata: { name: 'n' } }],
  '/api/v1/pods': [
    { metadata: { name: 'p' }, spec: { nodeName: 'n' }, status: { podIPs: [{ ip: '10.0.0.1' }] } },
    { metadata: { name: 'pending' }, spec: {}, status: { phase: 'Pending' } },
  ],
};

const config = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'one',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'secret' } }],
    contexts: ['one', 'two'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
  });

/** Runs the command while a cluster answers; `$KUBECONFIG` names it, and so does the file `config` in the folder. */
function kncompile(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return withApiServer(CLUSTER, ({ url }) =>
    withFiles({ config: config(url) }, (cwd) =>
      runNode([MAIN, ...args], { cwd, env: { KUBECONFIG: `${cwd}/config` }, ...options }),
    ),
  );
}

test('without -f the cluster of the kubeconfig is read', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run']);
  assert.is(stderr, '');
  assert.is(code, 0);
  assert.match(stdout, '10.0.0.1 : 1:1, # default/p');
  assert.match(stdout, 'NetworkPolicy default/deny isolates');
});

test('--kubeconfig and --context name another one', async () => {
  const words = ['--dry-run', '--kubeconfig', 'config', '--context', 'two'];
  const { code, stderr } = await kncompile(words, { env: { KUBECONFIG: '/nowhere' } });
  assert.is(stderr, '');
  assert.is(code, 0);
});

test('an unknown context is an error that names the known ones', async () => {
  const { code, stdout, stderr } = await kncompile(['--dry-run', '--context', 'three']);
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.match(stderr, /one.*two/);
});

test('a cluster that does not answer is one message', async () => {
  await withFiles({ config: config('http://127.0.0.1:1') }, async (cwd) => {
    const { code, stdout, stderr } = await runNode([MAIN, '--dry-run', '--kubeconfig', 'config'], { cwd });
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.match(stderr, /^kncompile: .*127\.0\.0\.1:1/);
    assert.is(stderr.trim().split('\n').length, 1);
  });
});

test('list reads the cluster too, and leaves out what has no address yet (S43)', async () => {
  const { code, stdout, stderr } = await kncompile(['list', '-o', 'text']);
  assert.is(stderr, 'note: 1 pod not listed: 1 without an address\n');
  assert.is(stdout, 'default/p[Pod] => 0.0.0.0-255.255.255.255[External] : all connections\n');
  assert.is(code, 0);
});

test.run();
