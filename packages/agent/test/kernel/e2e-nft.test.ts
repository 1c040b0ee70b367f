/** nft is missing, fails, or is slow: what is in the kernel stays in force, and what changed gets there in the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AgentVariant } from '../support/agent-process.ts';
import {
  assertAsDecided,
  assertOutcome,
  cellsOf,
  EVERY_MS,
  flowsBetween,
  lostMessages,
  type Pair,
} from '../support/lab-traffic.ts';
import { label } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';
import { type NftTrouble, TroubledNft } from '../support/troubled-nft.ts';

const POLICIES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: batch, namespace: ops }
spec: { podSelector: { matchLabels: { app: batch } } }
`;
const ALLOWED: Pair = ['shop/web-far', 'shop/db'];
const DENIED: Pair = ['blog/api', 'shop/db'];
const CHANGED: Pair = ['shop/cart', 'shop/db'];

/** Another program takes a subject out: the delta that is to do so fails, and a full load has to follow. */
const SABOTAGE = 'delete element inet kncompile subjects_ingress4 { 10.244.1.33 }';
const CHANGE_CART = label('Pod', 'cart', { app: 'web' });
const CHANGE_BATCH = label('Pod', 'batch', { app: 'other' });

/** The longest pause between attempts after a few seconds, and what else a busy machine may take. */
const RECOVERY_MS = 20_000;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else
  for (const trouble of ['missing', 'failing', 'slow'] as const)
    for (const deltas of ['process', undefined] as const) addTest(trouble, deltas);
test.run();

function addTest(trouble: NftTrouble, deltas: AgentVariant['deltas']): void {
  const what = `nft is ${trouble}, deltas by ${deltas ? 'nft' : 'the agent itself'}`;
  test(what, async () => {
    const nft = new TroubledNft();
    const variant = deltas ? { deltas } : {};
    const node = await NodeLab.create([], { variant, env: { PATH: nft.path } });
    const { lab } = node;
    try {
      await node.become(POLICIES);
      const flows = flowsBetween(lab, ALLOWED);
      await lab.openFlows(flows, EVERY_MS);
      nft.become(trouble, node.agent.pid);
      if (!deltas) {
        await node.becomeObjects(CHANGE_CART(node.manifests));
        await assertOutcome(lab, CHANGED, 80, 'open', 'changed without nft');
        lab.nft(SABOTAGE);
      }
      await node.change((deltas ? CHANGE_CART : CHANGE_BATCH)(node.manifests));
      await node.agent.until('out of step, or slow', ({ reconcile, settled }) =>
        trouble === 'slow' ? !settled : reconcile?.inStep === false,
      );
      await sleep(1000);
      await assertOutcome(lab, ALLOWED, 443, 'open', what);
      await assertOutcome(lab, DENIED, 80, 'silent', what);
      if (trouble !== 'slow') {
        assert.is(await node.agent.readiness(), 503);
        nft.become('none', node.agent.pid);
      }
      const since = monotonicMs();
      await node.settled();
      const ms = monotonicMs() - since;
      assert.ok(ms < RECOVERY_MS, `after ${ms} ms`);
      assert.is(await node.agent.readiness(), 200);
      await assertAsDecided(node, 'afterwards', cellsOf(lab, 'shop/db', 'ops/batch'));
      const ends = await lab.hushFlows();
      assertWhole(flows, ends);
      const { failedDeltas, failedFullLoads, fullLoads } = (await node.agent.state()).reconcile ?? {};
      console.log(
        `${what}: ${failedDeltas} deltas and ${failedFullLoads} loads failed, ${fullLoads} loaded; right after ${ms.toFixed(0)} ms; ${lostMessages(ends)} messages lost`,
      );
    } finally {
      await node.close();
      nft.remove();
    }
  });
}
