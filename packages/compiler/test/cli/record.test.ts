import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY_CLUSTER, withApiServer } from '../objects/api-server.ts';
import { withFiles } from '../support/checkout.ts';
import { runHere } from '../support/in-process.ts';
import type { Ended } from '../support/subprocess.ts';
import { DENY_ALL, pod } from './support.ts';

const SHOP = 'fixtures/shop';

/** What a server holds besides what policies see. */
const NOISE = { annotations: { note: 'hush-1' }, uid: 'hush-2', managedFields: [{ manager: 'hush-3' }] };
const LIVE = {
  ...EMPTY_CLUSTER,
  '/api/v1/secrets': [{ metadata: { name: 'hush-4' }, data: { key: 'aHVzaC01' } }],
  '/api/v1/configmaps': [{ metadata: { name: 'hush-6' } }],
  '/api/v1/namespaces': [{ metadata: { name: 'red', labels: { team: 'crimson' }, ...NOISE } }],
  '/api/v1/nodes': [
    {
      metadata: { name: 'worker', ...NOISE },
      spec: { podCIDRs: ['10.0.0.0/24'] },
      status: {
        addresses: [
          { type: 'Hostname', address: 'hush-7' },
          { type: 'InternalIP', address: '192.0.2.1' },
        ],
      },
    },
  ],
  '/api/v1/pods': [
    {
      metadata: {
        name: 'web-5f-x',
        namespace: 'red',
        labels: { app: 'web' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5f', controller: true }],
        ...NOISE,
      },
      spec: {
        nodeName: 'worker',
        serviceAccountName: 'hush-8',
        containers: [
          {
            name: 'hush-9',
            image: 'hush-10',
            env: [{ name: 'TOKEN', value: 'hush-11' }],
            args: ['--password=hush-12'],
            ports: [{ name: 'http', containerPort: 80 }],
          },
        ],
      },
      status: {
        phase: 'Running',
        podIPs: [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }],
      },
    },
    { metadata: { name: 'new', namespace: 'red' }, spec: {}, status: { phase: 'Pending' } },
  ],
  '/apis/apps/v1/replicasets': [
    {
      metadata: {
        name: 'web-5f',
        namespace: 'red',
        ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
      },
    },
  ],
  '/apis/networking.k8s.io/v1/networkpolicies': [
    {
      metadata: { name: 'deny', namespace: 'red', ...NOISE },
      spec: { podSelector: { matchLabels: { app: 'web' } } },
    },
  ],
};

const config = (server: string): string =>
  JSON.stringify({
    'current-context': 'c',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 'hush-13' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  });

async function recordLive(args: readonly string[]): Promise<Ended & { readonly paths: readonly string[] }> {
  return withApiServer(LIVE, ({ url, requests }) =>
    withFiles({ config: config(url) }, async (cwd) => {
      const ended = await runHere(['record', '--kubeconfig', 'config', ...args], cwd);
      return { ...ended, paths: requests.map(({ path }) => path.split('?')[0] as string) };
    }),
  );
}

test('S42: pods on the host network are recorded without an address, too', async () => {
  const agent =
    'apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\n' +
    'spec: {template: {metadata: {labels: {app: agent}}, spec: {hostNetwork: true}}}\n';
  await withFiles({ 'in.yaml': `${agent}---\n${DENY_ALL}` }, async (cwd) => {
    const { code, stdout, stderr } = await runHere(['record', '-f', 'in.yaml'], cwd);
    assert.is(code, 0);
    assert.is(stderr, '');
    const pods = JSON.parse(stdout).items.filter(({ kind }: { kind: string }) => kind === 'Pod');
    assert.equal(
      pods.map(({ spec }: { spec: object }) => spec),
      [{ hostNetwork: true, containers: [] }],
    );
  });
});

test('a live cluster is recorded with what policies see of it, and nothing else', async () => {
  const { code, stdout, stderr, paths } = await recordLive([]);
  assert.is(code, 0);
  assert.is(stderr, 'note: 1 pod without an address left out (S43)\n');
  assert.not.match(stdout, 'hush');
  assert.equal(
    paths.filter((path) => /secret|configmap|service/.test(path)),
    [],
  );
  const { apiVersion, kind, items } = JSON.parse(stdout);
  assert.equal([apiVersion, kind], ['v1', 'List']);
  assert.equal(items, [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: 'red' },
      spec: { podSelector: { matchLabels: { app: 'web' } } },
    },
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'red', labels: { team: 'crimson', 'kubernetes.io/metadata.name': 'red' } },
    },
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'worker', labels: {} },
      spec: { podCIDRs: ['10.0.0.0/24'] },
      status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-5f-x',
        namespace: 'red',
        labels: { app: 'web' },
        ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
      },
      spec: {
        nodeName: 'worker',
        containers: [{ name: 'ports', ports: [{ name: 'http', containerPort: 80 }] }],
      },
      status: {
        phase: 'Running',
        podIPs: [{ ip: '10.0.0.9' }, { ip: 'fd00::9' }],
      },
    },
  ]);
});

test('with --pseudonyms no name of the cluster is left', async () => {
  const { code, stdout } = await recordLive(['--pseudonyms']);
  assert.is(code, 0);
  for (const name of ['red', 'crimson', 'team', 'worker', 'web', 'app', 'deny', '"http"'])
    assert.not.match(stdout, name);
  assert.match(stdout, '10.0.0.9');
  assert.match(stdout, '"kubernetes.io/metadata.name":"ns-1"');
});

test('of the shop no name is left either', async () => {
  const words = new Set<string>();
  const collect = (value: unknown, field = ''): void => {
    if (typeof value === 'string') words.add(value);
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        if (/labels/i.test(field)) words.add(key);
        collect(inner, key);
      }
  };
  const plain = JSON.parse((await runHere(['record', '-f', SHOP])).stdout);
  const renamed = JSON.parse((await runHere(['record', '-f', SHOP, '--pseudonyms'])).stdout);
  collect(renamed);
  for (const item of plain.items) {
    const names = [
      item.metadata.name,
      item.metadata.namespace,
      ...Object.entries(item.metadata.labels ?? {}).flat(),
    ];
    for (const name of names.filter(
      (one) => one && one !== 'default' && one !== 'kubernetes.io/metadata.name',
    ))
      assert.not.ok(words.has(name), name);
  }
  for (const word of words) assert.not.match(word, /shop|payments|prometheus|checkout/);
});

test('a recording is read by -f, and means what its input means', async () => {
  for (const input of [
    SHOP,
    'fixtures/kubernetes-docs',
    'fixtures/named-ports',
    'fixtures/unknown-field-fails-closed',
  ]) {
    const node = input === SHOP ? ['--node', 'worker-1'] : [];
    await withFiles({}, async (folder) => {
      const file = join(folder, 'recorded.json');
      assert.is((await runHere(['record', '-f', input, '-w', file])).code, 0);
      const [before, after] = [
        await runHere(['--dry-run', '-f', input, ...node]),
        await runHere(['--dry-run', '-f', file, ...node]),
      ];
      assert.is(before.code, 0, before.stderr);
      assert.is(after.stdout, before.stdout, input);
    });
  }
});

test('a broken policy is recorded as it is, for others to see; but not under pseudonyms', async () => {
  const broken =
    'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: odd}\nspec: {podSelector: 7}\n';
  await withFiles({ 'input.yaml': `${pod('p', '10.0.0.1', 'n')}${DENY_ALL}${broken}` }, async (folder) => {
    const plain = await runHere(['record', '-f', 'input.yaml'], folder);
    assert.is(plain.code, 2);
    assert.match(plain.stdout, '{"podSelector":7}');
    const renamed = await runHere(['record', '--pseudonyms', '-f', 'input.yaml'], folder);
    assert.is(renamed.code, 2);
    assert.is(JSON.parse(renamed.stdout).items.length, 2);
    assert.match(renamed.stderr, '1 broken object left out');
  });
});

test('of an unknown field only its name is kept under pseudonyms', async () => {
  const { stdout } = await withFiles(
    {
      'np.json': JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'x' },
        spec: { podSelector: {}, ingress: [{ from: [{ fqdns: ['hush'] }], __proto__: { hush: 1 } }] },
      }),
    },
    (folder) => runHere(['record', '--pseudonyms', '-f', 'np.json'], folder),
  );
  assert.match(stdout, '{"fqdns":true}');
  assert.not.match(stdout, 'hush');
});

test('an empty input is an empty List, with a note', async () => {
  const { code, stdout, stderr } = await withFiles({ 'none.yaml': '' }, (folder) =>
    runHere(['record', '-f', 'none.yaml'], folder),
  );
  assert.is(code, 0);
  assert.equal(JSON.parse(stdout), { apiVersion: 'v1', kind: 'List', items: [] });
  assert.match(stderr, 'there is nothing to record');
});

test('what a terminal would obey is escaped', async () => {
  const text = `${pod('p', '10.0.0.1', 'n').replace('{name: p}', '{name: p, labels: {a: "\\u202e\\u009b"}}')}`;
  const { stdout } = await withFiles({ 'p.yaml': text }, (folder) =>
    runHere(['record', '-f', 'p.yaml'], folder),
  );
  assert.match(stdout, '"a":"\\u202e\\u009b"');
});

test.run();
