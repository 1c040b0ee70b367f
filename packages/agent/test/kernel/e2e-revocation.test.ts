/** Established connections whose permission goes away: cut with the commit, both ways, and nothing else is (S47). */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertCut, assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertOutcome, EVERY_MS, flowsBetween, type Pair } from '../support/lab-traffic.ts';
import { type Edit, label, put, remove } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';

const POLICIES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress:
  - from: [{ podSelector: { matchLabels: { app: web } } }]
  - from: [{ namespaceSelector: { matchLabels: { team: blue } } }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: api, namespace: blog }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Egress]
  egress: [{ to: [{ podSelector: {}, namespaceSelector: {} }] }]
`;
const CLOSED = POLICIES.replace('{ matchLabels: { app: web } }', '{ matchLabels: { app: nobody } }');
const CAGED = POLICIES.replace('podSelector: {}, namespaceSelector: {}', 'podSelector: {}');
const DENY = `
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: deny }
spec:
  priority: 1
  subject: { namespaces: { matchLabels: { kubernetes.io/metadata.name: shop } } }
  ingress: [{ action: Deny, from: [{ namespaces: {} }] }]
`;

/** From elsewhere and from a pod of this node; judged at the source; and one that no policy is about. */
const FROM_FAR: Pair = ['shop/web-far', 'shop/db'];
const FROM_NEAR: Pair = ['blog/front', 'shop/db'];
const TO_NEAR: Pair = ['blog/api', 'ops/plain'];
const UNCONCERNED: Pair = ['blog/cache', 'ops/prom'];

const CAUSES: readonly (readonly [what: string, change: Edit, doomed: readonly Pair[]])[] = [
  ['a rule goes', put(CLOSED), [FROM_FAR]],
  ['an egress rule goes', put(CAGED), [TO_NEAR]],
  ["the peer's label goes", label('Pod', 'web-far', {}), [FROM_FAR]],
  ["its namespace's label goes", label('Namespace', 'blog', {}), [FROM_NEAR]],
  ['a denial comes', put(DENY), [FROM_FAR, FROM_NEAR]],
  ['the pod goes', remove('Pod', 'web-far'), [FROM_FAR]],
];

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else {
  for (const datapath of ['kernel', 'queue'] as const) addTests(datapath);
  addTestOfKeep();
}
test.run();

function addTests(datapath: 'kernel' | 'queue'): void {
  test(`--datapath=${datapath}: what is no longer permitted ends, TCP and UDP, both ways`, async () => {
    const node = await NodeLab.create([`--datapath=${datapath}`, '--resolve-timeout=1s']);
    const { lab } = node;
    try {
      await node.become(POLICIES);
      const before = node.manifests;
      for (const [what, change, pairs] of CAUSES) {
        await node.becomeObjects(before);
        const doomed = flowsBetween(lab, ...pairs);
        const spared = flowsBetween(
          lab,
          ...[FROM_FAR, FROM_NEAR, TO_NEAR, UNCONCERNED].filter((pair) => !pairs.includes(pair)),
        );
        await lab.openFlows([...doomed, ...spared], EVERY_MS);
        await sleep(100);
        const changed = monotonicMs();
        await node.becomeObjects(change(before));
        const settled = monotonicMs();
        await sleep(200);
        const ends = await lab.hushFlows();
        await lab.closeFlows();
        assertCut(doomed, ends, settled);
        assertWhole(spared, ends);
        const ids = new Set(doomed.map(({ id }) => id));
        const last = Math.max(...ends.filter(({ id }) => ids.has(id)).map(({ newest }) => newest));
        const ms = (last - changed).toFixed(1);
        console.log(`${datapath}, ${what}: the last message that arrived was sent ${ms} ms after the change`);
      }
    } finally {
      await node.close();
    }
  });
}

function addTestOfKeep(): void {
  test('--established=keep: what was permitted once goes on, what begins now is judged', async () => {
    const node = await NodeLab.create(['--established=keep']);
    const { lab } = node;
    try {
      await node.become(POLICIES);
      const generation = async () => (await node.agent.state()).reconcile?.generation;
      const before = await generation();
      const flows = flowsBetween(lab, FROM_FAR, TO_NEAR);
      await lab.openFlows(flows, EVERY_MS);
      await sleep(100);
      await node.become(CLOSED);
      await assertOutcome(lab, FROM_FAR, 443, 'silent', 'begun after the change');
      assert.is(await generation(), before);
      assertWhole(flows, await lab.hushFlows());
    } finally {
      await node.close();
    }
  });
}
