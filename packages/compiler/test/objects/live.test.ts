import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadResult } from '../../src/cluster/load.ts';
import { loadCluster } from '../../src/cluster/load-cluster.ts';
import { formatDiagnostic } from '../../src/objects/format-diagnostic.ts';
import { ClusterError } from '../../src/objects/live/cluster-error.ts';
import { withFiles } from '../support/checkout.ts';
import { answer, type Collections, EMPTY_CLUSTER, type Intercept, withApiServer } from './api-server.ts';
import { codes } from './support.ts';

function kubeconfig(server: string, name = 'test'): string {
  return JSON.stringify({
    'current-context': name,
    clusters: [{ name, cluster: { server } }],
    users: [{ name, user: { token: 'secret' } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

interface Answered {
  readonly result: LoadResult;
  readonly requests: readonly {
    readonly path: string;
    readonly accept: string;
    readonly authorization: string;
  }[];
}

function load(collections: Collections, intercept?: Intercept): Promise<Answered> {
  return withApiServer(
    { ...EMPTY_CLUSTER, ...collections },
    ({ url, requests }) =>
      withFiles({ config: kubeconfig(url) }, async (folder) => ({
        result: await loadCluster({ kubeconfig: join(folder, 'config') }),
        requests,
      })),
    intercept,
  );
}

async function failure(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof ClusterError) return formatDiagnostic(error.diagnostic);
    throw error;
  }
  throw new Error('it did not fail');
}

/** Runs with these environment variables; undefined takes one away. */
async function withEnvironment<T>(
  changes: Record<string, string | undefined>,
  use: () => Promise<T>,
): Promise<T> {
  const before = Object.keys(changes).map((name): [string, string | undefined] => [name, process.env[name]]);
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(changes)) set(name, value);
  try {
    return await use();
  } finally {
    for (const [name, value] of before) set(name, value);
  }
}

const pod = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'shop', ...more },
  status: { phase: 'Running', podIP: '10.0.0.1' },
});
const controlledBy = (kind: string, name: string) => ({
  ownerReferences: [{ kind, name, controller: true }],
});

test('a cluster is read as it is, without the policy CRDs', async () => {
  const { result, requests } = await load({
    '/api/v1/namespaces': [{ metadata: { name: 'shop', labels: { a: 'b' } } }],
    '/api/v1/nodes': [{ metadata: { name: 'a' }, spec: { podCIDRs: ['10.0.0.0/24'] } }],
    '/api/v1/pods': [pod('web'), { metadata: { name: 'starting', namespace: 'shop' } }],
    '/apis/networking.k8s.io/v1/networkpolicies': [{ metadata: { name: 'np', namespace: 'shop' }, spec: {} }],
  });
  assert.equal(result.diagnostics, []);
  assert.equal(result.objects.map(({ kind, name }) => `${kind} ${name}`).sort(), [
    'Namespace shop',
    'NetworkPolicy np',
    'Node a',
    'Pod starting',
    'Pod web',
  ]);
  const starting = result.objects.find(({ name }) => name === 'starting');
  assert.equal(starting && 'addresses' in starting && starting.addresses, [], 'S43: no made-up address');
  assert.ok(requests.every(({ authorization }) => authorization === 'Bearer secret'));
});

test('the kinds of the policy CRDs are read where they are there', async () => {
  const group = '/apis/policy.networking.k8s.io';
  const spec = { priority: 1, subject: { namespaces: {} } };
  const { result } = await load({
    [`${group}/v1alpha1/adminnetworkpolicies`]: [{ metadata: { name: 'a' }, spec }],
    [`${group}/v1alpha1/baselineadminnetworkpolicies`]: [{ metadata: { name: 'default' }, spec }],
    [`${group}/v1alpha2/clusternetworkpolicies`]: [
      { metadata: { name: 'c' }, spec: { ...spec, tier: 'Baseline' } },
    ],
  });
  assert.equal(result.objects.map(({ kind }) => kind).sort(), [
    'AdminNetworkPolicy',
    'BaselineAdminNetworkPolicy',
    'ClusterNetworkPolicy',
  ]);
});

test('long lists come in pages', async () => {
  const pods = Array.from({ length: 1201 }, (_, i) => pod(`web-${i}`));
  const { result, requests } = await load({ '/api/v1/pods': pods });
  assert.is(result.objects.length, 1201);
  const pages = requests.filter(({ path }) => path.startsWith('/api/v1/pods'));
  assert.is(pages.length, 3);
  assert.ok(pages.every(({ path }) => path.includes('limit=500')));
});

test('a list that expires between its pages is begun again, and nothing is read twice', async () => {
  const pods = Array.from({ length: 1201 }, (_, i) => pod(`web-${i}`));
  let expired = 0;
  const { result } = await load({ '/api/v1/pods': pods }, (url, response) => {
    if (url.searchParams.get('continue') !== '1000' || expired++ > 0) return false;
    return answer(response, 410, { kind: 'Status', reason: 'Expired' });
  });
  assert.is(new Set(result.objects.map(({ name }) => name)).size, 1201);
  assert.is(result.objects.length, 1201);
});

test('a list that always expires ends in an error', async () => {
  const pods = Array.from({ length: 501 }, (_, i) => pod(`web-${i}`));
  const message = await failure(() =>
    load(
      { '/api/v1/pods': pods },
      (url, response) => url.searchParams.has('continue') && answer(response, 410, {}),
    ),
  );
  assert.match(
    message,
    /listing pods expired 5 times .*\[server-failed\]|listing pods expired 5 times \[server-failed\]/,
  );
});

test('a busy server is asked again', async () => {
  let busy = 0;
  const { result } = await load({ '/api/v1/pods': [pod('web')] }, (url, response) => {
    if (url.pathname !== '/api/v1/pods' || busy++ > 0) return false;
    return answer(response, 429, {}, { 'retry-after': '0.01' });
  });
  assert.is(result.objects.length, 1);
});

test('owners are followed through objects of which only the metadata is asked', async () => {
  const { result, requests } = await load({
    '/api/v1/pods': [
      pod('web-5f-x', controlledBy('ReplicaSet', 'web-5f')),
      pod('night-1-x', controlledBy('Job', 'night-1')),
    ],
    '/apis/apps/v1/replicasets': [
      { metadata: { name: 'web-5f', namespace: 'shop', ...controlledBy('Deployment', 'web') } },
    ],
    '/apis/batch/v1/jobs': [
      { metadata: { name: 'night-1', namespace: 'shop', ...controlledBy('CronJob', 'night') } },
    ],
  });
  const owners = result.objects.flatMap((object) => ('owner' in object ? [object.owner] : []));
  assert.equal(owners, [
    { kind: 'Deployment', name: 'web' },
    { kind: 'CronJob', name: 'night' },
  ]);
  const asked = requests.filter(({ path }) => /replicasets|jobs/.test(path));
  assert.ok(asked.every(({ accept }) => accept.includes('PartialObjectMetadataList')));
});

const forbid =
  (path: string): Intercept =>
  (url, response) =>
    url.pathname.endsWith(path) &&
    answer(response, 403, { kind: 'Status', message: `${path} is forbidden: User "jo" cannot list` });

test('workloads that may not be listed leave the pods with their direct owners, with a warning', async () => {
  const pods = { '/api/v1/pods': [pod('web-5f-x', controlledBy('ReplicaSet', 'web-5f'))] };
  const { result } = await load(pods, forbid('replicasets'));
  assert.equal(codes(result), ['owners-unknown']);
  assert.equal(
    result.objects.flatMap((object) => ('owner' in object ? [object.owner.kind] : [])),
    ['ReplicaSet'],
  );
});

test('anything else that may not be listed is an error that names verb and resource', async () => {
  const message = await failure(() => load({}, forbid('nodes')));
  assert.match(
    message,
    /listing nodes is forbidden: nodes is forbidden: User "jo" cannot list; expected permission to list nodes of the core group in all namespaces/,
  );
  const policies = await failure(() => load({}, forbid('clusternetworkpolicies')));
  assert.match(policies, /permission to list clusternetworkpolicies of policy\.networking\.k8s\.io/);
});

test('answers that are none', async () => {
  const always = (status: number, body: unknown) =>
    failure(() => load({}, (_, response) => answer(response, status, body)));
  assert.match(
    await always(401, { message: 'Unauthorized' }),
    /does not accept the credentials: Unauthorized/,
  );
  assert.match(await always(500, '<html>'), /listing namespaces fails: status 500/);
  assert.match(await always(404, '{}'), /listing namespaces fails: status 404/);
  assert.match(await always(200, '<html>'), /is no list; expected a Kubernetes API server/);
  assert.match(await always(200, '{"items": 1}'), /is no list/);
});

test('a connection that breaks off, and a server that is not there', async () => {
  const broken = await failure(() =>
    load({}, (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"items": [');
      setTimeout(() => response.destroy(), 10);
      return true;
    }),
  );
  assert.match(broken, /broke off: .* \[server-unreachable\]/);
  const gone = await withFiles({ config: kubeconfig('http://127.0.0.1:1') }, (folder) =>
    failure(() => loadCluster({ kubeconfig: join(folder, 'config') })),
  );
  assert.match(gone, /http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED.* \[server-unreachable\]/);
});

test('S50: an object that breaks its schema is named without a position, and the others count', async () => {
  const { result } = await load({
    '/api/v1/pods': [pod('web'), { metadata: { name: 'odd', namespace: 'shop' }, status: { podIP: 'x' } }],
  });
  assert.is(result.objects.length, 1);
  assert.equal(result.diagnostics.map(formatDiagnostic), [
    'Pod shop/odd: status.podIP: podIP "x" is not an IP address; expected a plain IPv4 or IPv6 address [address-invalid]',
  ]);
});

test('kubeconfigs: contexts', async () => {
  await withFiles({ config: kubeconfig('http://127.0.0.1:1') }, async (folder) => {
    const choice = (context: string) => ({ kubeconfig: join(folder, 'config'), context });
    assert.match(
      await failure(() => loadCluster(choice('prod'))),
      /the kubeconfig has no context "prod"; expected --context test \[context-unknown\]/,
    );
    writeFileSync(
      join(folder, 'config'),
      '{"contexts": [{"name": "a", "context": {"cluster": "b", "user": "c"}}]}',
    );
    assert.match(await failure(() => loadCluster(choice('a'))), /names a cluster that the kubeconfig lacks/);
    writeFileSync(join(folder, 'config'), '{}');
    assert.match(
      await failure(() => loadCluster({ kubeconfig: join(folder, 'config') })),
      /no current context/,
    );
    writeFileSync(join(folder, 'config'), 'clusters: [');
    assert.match(
      await failure(() => loadCluster({ kubeconfig: join(folder, 'config') })),
      /cannot be read: .*\[kubeconfig-invalid\]/,
    );
    assert.match(
      await failure(() => loadCluster({ kubeconfig: join(folder, 'none') })),
      /does not exist \[kubeconfig-missing\]/,
    );
  });
});

test('kubeconfigs: KUBECONFIG with several files, of which some are missing; the first one counts', async () => {
  await withApiServer(EMPTY_CLUSTER, ({ url }) =>
    withFiles({ a: kubeconfig(url, 'a'), b: kubeconfig('http://127.0.0.1:1', 'b') }, async (folder) => {
      const files = ['none', 'a', 'b'].map((file) => join(folder, file)).join(':');
      await withEnvironment({ KUBECONFIG: files }, async () => {
        assert.equal((await loadCluster()).objects, []);
        assert.match(await failure(() => loadCluster({ context: 'b' })), /server-unreachable/);
      });
    }),
  );
});

test('kubeconfigs: the home directory, and nothing at all', async () => {
  await withApiServer(EMPTY_CLUSTER, ({ url }) =>
    withFiles({ '.kube/config': kubeconfig(url), 'empty/x': '' }, async (folder) => {
      const base = { KUBECONFIG: undefined, KUBERNETES_SERVICE_HOST: undefined };
      await withEnvironment({ ...base, HOME: folder }, async () => {
        assert.equal((await loadCluster()).objects, []);
      });
      await withEnvironment({ ...base, HOME: join(folder, 'empty') }, async () => {
        assert.match(
          await failure(() => loadCluster()),
          /no cluster is configured; expected -f with files.*\[kubeconfig-missing\]/,
        );
      });
    }),
  );
});

test('credentials that cannot be had', async () => {
  const config = JSON.parse(kubeconfig('http://127.0.0.1:1'));
  config.users[0].user = {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: '/nonexistent-plugin',
      interactiveMode: 'Never',
    },
  };
  const message = await withFiles({ config: JSON.stringify(config) }, (folder) =>
    failure(() => loadCluster({ kubeconfig: join(folder, 'config') })),
  );
  assert.match(message, /the credentials cannot be had: .*\[kubeconfig-invalid\]/);
});

test.run();
