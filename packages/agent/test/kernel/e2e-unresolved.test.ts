/** Connections of pods that the cluster does not tell of before they talk. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertAsDecided, cellsOf, type Pair, probesBetween } from '../support/lab-traffic.ts';
import { type Edit, put, remove } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';

const POLICIES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 80 }, { port: 80, protocol: UDP }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: batch, namespace: ops }
spec:
  podSelector: { matchLabels: { app: batch } }
  policyTypes: [Ingress, Egress]
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }] }]
  egress: [{ to: [{ namespaceSelector: { matchLabels: { team: blue } } }] }]
`;

/** Much longer than the cluster waits with its news here. */
const PATIENT = '--resolve-timeout=10s';
const NEWS_MS = 300;
/** For each probe: both protocols, both families. */
const EACH = 4;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test('peers and local pods that the cluster tells of late are judged as the pods that they are', async () => {
    const node = await NodeLab.create([PATIENT]);
    try {
      await node.become(POLICIES);
      await late(node, remove('Pod', 'web-far'), [
        [['shop/web-far', 'shop/db'], 80, 'open'],
        [['shop/web-far', 'shop/db'], 443, 'silent'],
        [['shop/web-far', 'ops/batch'], 80, 'silent'],
      ]);
      await late(node, remove('Pod', 'batch'), [
        [['blog/api', 'ops/batch'], 80, 'open'],
        [['ops/batch', 'blog/api'], 80, 'open'],
        [['ops/plain', 'ops/batch'], 80, 'silent'],
        [['ops/batch', 'partner'], 80, 'silent'],
      ]);
      const { judge, reconcile } = await node.agent.state();
      assert.ok(judge && judge.held >= 5 * EACH, `only ${judge?.held} packets were held`);
      assert.equal([judge.expired, judge.holdsRefused, judge.verdicts.drop.unanswered], [0, 0, 0]);
      assert.is(reconcile?.learned, 0);
      await assertAsDecided(node, 'in the end', cellsOf(node.lab, 'shop/web-far', 'ops/batch'));
      console.log(`${judge.held} packets were held for ${NEWS_MS} ms, ${judge.expired} of them too long`);
    } finally {
      await node.close();
    }
  });

  test('who stays unknown is an outsider, until the cluster tells of it', async () => {
    const node = await NodeLab.create(['--resolve-timeout=200ms']);
    try {
      await node.become(POLICIES);
      const all = node.manifests;
      const cells = cellsOf(node.lab, 'shop/web-far');
      await node.becomeObjects(
        put(POLICIES.replace('- from:', '- from: [{ ipBlock: { cidr: 10.244.2.0/24 } }]\n  - from:'))(
          remove('Pod', 'web-far')(all),
        ),
      );
      await assertAsDecided(node, 'unknown', cells);
      const learned = (await node.agent.state()).reconcile?.learned ?? 0;
      assert.ok(learned > 0, 'the kernel knows who is unknown');
      await node.becomeObjects(all);
      await assertAsDecided(node, 'known', cells);
    } finally {
      await node.close();
    }
  });
}

/** Takes a pod away, makes connections, and brings it back while they wait. */
async function late(
  node: NodeLab,
  without: Edit,
  expected: readonly (readonly [Pair, port: number, Outcome])[],
): Promise<void> {
  const all = node.manifests;
  await node.becomeObjects(without(all));
  const probes = expected.flatMap(([pair, port]) => probesBetween(node.lab, pair, port));
  const outcomes = node.lab.probe(probes, 3000);
  await sleep(NEWS_MS);
  await node.becomeObjects(all);
  assert.equal(
    await outcomes,
    expected.flatMap(([, , outcome]) => Array.from({ length: EACH }, () => outcome)),
  );
}
