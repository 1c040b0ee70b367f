/** Each kind of change in the cluster, one after the other: after each all connections are what decide says. */
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertAsDecided, cellsOf } from '../support/lab-traffic.ts';
import { type Edit, edit, label, put, remove } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';

const DB = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress:
  - from: [{ podSelector: { matchLabels: { app: web } } }]
    ports: [{ port: 80 }, { port: 443, protocol: UDP }]
  - from: [{ namespaceSelector: { matchLabels: { team: blue } } }]
    ports: [{ port: 8080 }]
`;
const API_EGRESS = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: blog }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Egress]
  egress: [{ to: [{ namespaceSelector: { matchLabels: { env: prod } } }, { ipBlock: { cidr: 192.0.2.0/24 } }] }]
`;
const admin = (priority: number): string => `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: first }
spec:
  priority: ${priority}
  subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { tier: back } } } }
  ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { env: dev } } }] }]
  egress: [{ action: Allow, to: [{ nodes: { matchLabels: { zone: b } } }] }]
`;
const SECOND = `
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: { name: second }
spec:
  tier: Admin
  priority: 20
  subject: { namespaces: {} }
  ingress: [{ action: Accept, from: [{ namespaces: { matchLabels: { kubernetes.io/metadata.name: ops } } }], protocols: [{ tcp: { destinationPort: { number: 443 } } }] }]
`;
const BASELINE = `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: { name: default }
spec:
  subject: { namespaces: {} }
  egress: [{ action: Deny, to: [{ nodes: { matchExpressions: [{ key: zone, operator: Exists }] } }, { networks: ['198.51.100.0/24'] }] }]
  ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: blue } } }] }]
`;
/** Takes over the address of ops/batch, which has finished by then (S44). */
const NEXT_BATCH = `
apiVersion: v1
kind: Pod
metadata: { name: batch-2, namespace: ops, labels: { app: web } }
spec: { nodeName: near, containers: [{ name: c, image: i }] }
status: { phase: Running, podIPs: [{ ip: 10.244.1.33 }, { ip: 'fd00:244:1::33' }] }
`;

const CHANGES: readonly (readonly [what: string, change: Edit])[] = [
  ['a policy comes', put(DB)],
  ['an egress policy comes', put(API_EGRESS)],
  ['a peer gets the label', label('Pod', 'cart', { app: 'web', tier: 'back' })],
  ['a peer loses the label', label('Pod', 'web-far', { app: 'job' })],
  ['a pod becomes a subject', label('Pod', 'plain', { app: 'db' })],
  ['a policy selects others', put(DB.replace('{ app: db }', '{ tier: back }'))],
  ['a namespace gets the label', label('Namespace', 'ops', { team: 'blue', env: 'dev' })],
  ['a namespace loses the label', label('Namespace', 'blog', { env: 'prod' })],
  ['an AdminNetworkPolicy comes', put(admin(10))],
  ['a ClusterNetworkPolicy comes behind it', put(SECOND)],
  ['their order changes', put(admin(30))],
  ['a BaselineAdminNetworkPolicy comes', put(BASELINE)],
  ["a node's label changes", label('Node', 'far', { zone: 'c' })],
  [
    'a pod finishes',
    edit('Pod', 'batch', (pod) => ({ ...pod, status: { ...(pod['status'] as object), phase: 'Succeeded' } })),
  ],
  ['another pod gets its address', put(NEXT_BATCH)],
  ['a remote pod goes', remove('Pod', 'vault-far')],
  ['a policy goes', remove('NetworkPolicy', 'api')],
  ['the tiers go', (all) => all.filter(({ kind }) => !/Admin|Cluster/.test(kind))],
  ['the last policy goes', remove('NetworkPolicy', 'db')],
];

/** Subjects and peers; the matrix of the policy sets asks about all. */
const CONCERNED = ['shop/db', 'blog/api', 'ops/plain', 'ops/batch', 'shop/web-far'];

/** Addresses of pods that are gone are asked for until then. */
const FLAGS = ['--resolve-timeout=100ms'];

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else for (const datapath of ['kernel', 'queue'] as const) addTests(datapath);
test.run();

function addTests(datapath: 'kernel' | 'queue'): void {
  test(`--datapath=${datapath}: policies, labels, namespaces, nodes and pods change`, async () => {
    const node = await NodeLab.create([`--datapath=${datapath}`, ...FLAGS]);
    try {
      const cells = cellsOf(node.lab, ...CONCERNED);
      let connections = 0;
      for (const [what, change] of CHANGES) {
        await node.becomeObjects(change(node.manifests));
        connections += await assertAsDecided(node, what, cells);
      }
      const { reconcile, judge } = await node.agent.state();
      assert.equal([reconcile?.failedDeltas, reconcile?.fullLoads, judge?.judgeErrors], [0, 0, 0]);
      console.log(
        `${datapath}: ${CHANGES.length} changes in ${reconcile?.commits} commits, ${connections} connections`,
      );
    } finally {
      await node.close();
    }
  });
}
