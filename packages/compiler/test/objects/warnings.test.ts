import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { policyWarnings } from '../../src/cluster/policy-warnings.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { parseObject } from '../../src/objects/parse.ts';

function objects(...raw: object[]): ModelObject[] {
  return raw.map((one) => {
    const { object, diagnostics } = parseObject(one);
    if (!object) throw new Error(JSON.stringify(diagnostics));
    return object;
  });
}

const tiered = (kind: string, name: string, spec: object) => ({
  apiVersion: `policy.networking.k8s.io/${kind === 'ClusterNetworkPolicy' ? 'v1alpha2' : 'v1alpha1'}`,
  kind,
  metadata: { name },
  spec: { subject: { namespaces: {} }, ...spec },
});
const admin = (name: string, priority: number, more = {}) =>
  tiered('AdminNetworkPolicy', name, { priority, ...more });
const cluster = (name: string, priority: number, tier = 'Admin') =>
  tiered('ClusterNetworkPolicy', name, { priority, tier });
const baseline = tiered('BaselineAdminNetworkPolicy', 'default', {});

const pod = (
  name: string,
  ports: object[],
  more: { labels?: object; podIP?: string; hostNetwork?: boolean } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: more.labels },
  spec: { hostNetwork: more.hostNetwork, containers: [{ ports }] },
  status: { podIP: more.podIP },
});
const network = (spec: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'np', namespace: 'shop' },
  spec,
});

const messages = (...raw: object[]) => policyWarnings(objects(...raw)).map(({ message }) => message);
const count = (...raw: object[]) => messages(...raw).length;

test('S6: equal priorities in one tier are reported with both names', () => {
  const [warning, ...others] = policyWarnings(objects(admin('b', 5), admin('a', 5), admin('c', 6)));
  assert.equal(others, []);
  assert.is(warning?.code, 'priority-tie');
  assert.equal(warning?.object, { kind: 'AdminNetworkPolicy', namespace: '', name: 'b' });
  assert.match(warning?.message ?? '', /AdminNetworkPolicy a\b/);
});

test('S8: also across kinds', () => {
  const [warning] = policyWarnings(objects(cluster('a', 5), admin('b', 5)));
  assert.equal(warning?.object?.kind, 'ClusterNetworkPolicy');
  assert.match(warning?.message ?? '', /AdminNetworkPolicy b\b/);
});

test('S5, S6: different tiers, and the baseline next to a ClusterNetworkPolicy, are no tie', () => {
  assert.is(count(cluster('a', 0), cluster('b', 0, 'Baseline'), baseline), 0);
  assert.is(count(cluster('a', 3, 'Baseline'), cluster('b', 3, 'Baseline')), 1);
});

test('three of one priority are two warnings', () => {
  assert.is(count(admin('a', 1), admin('b', 1), admin('c', 1)), 2);
});

const http = { name: 'http', containerPort: 80 };

test('S26: a named port that no selected pod defines', () => {
  const policy = network({
    podSelector: { matchLabels: { app: 'web' } },
    ingress: [{ ports: [{ port: 'http' }] }],
  });
  assert.is(count(pod('a', [http], { labels: { app: 'web' } }), policy), 0);
  assert.is(count(pod('a', [http], { labels: { app: 'db' } }), policy), 1);
  assert.is(count(pod('a', [{ ...http, protocol: 'UDP' }], { labels: { app: 'web' } }), policy), 1);
  assert.is(count(pod('a', [http], { labels: { app: 'web' }, hostNetwork: true }), pod('b', []), policy), 1);
  assert.is(count(policy), 0, 'without any pod nothing can be said');
});

test('S25, S26: egress looks at the peers, also behind blocks', () => {
  const egress = (to: object[]) => network({ egress: [{ to, ports: [{ port: 'http' }] }] });
  const web = pod('a', [http], { labels: { app: 'web' }, podIP: '10.0.0.1' });
  assert.is(count(web, egress([])), 0);
  assert.is(count(web, egress([{ podSelector: { matchLabels: { app: 'web' } } }])), 0);
  assert.is(count(web, egress([{ podSelector: { matchLabels: { app: 'db' } } }])), 1);
  assert.is(count(web, egress([{ ipBlock: { cidr: '10.0.0.0/8' } }])), 0);
  assert.is(count(web, egress([{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.0.0.0/24'] } }])), 1);
  assert.is(count(web, egress([{ ipBlock: { cidr: '192.168.0.0/16' } }])), 1);
  assert.is(
    count(web, egress([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }])),
    0,
  );
});

test('S34: a named port of the tiers takes any protocol', () => {
  const ingress = [{ action: 'Allow', from: [{ namespaces: {} }], ports: [{ namedPort: 'dns' }] }];
  const dns = { name: 'dns', containerPort: 53, protocol: 'UDP' };
  assert.is(count(pod('a', [dns]), admin('a', 1, { ingress })), 0);
  assert.is(count(pod('a', [http]), admin('a', 1, { ingress })), 1);
});

test.run();
