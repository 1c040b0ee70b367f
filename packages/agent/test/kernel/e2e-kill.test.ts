/** kill -9, of the agent and of its queue workers, under traffic. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertCut, assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { assertOutcome, EVERY_MS, flowsBetween, lostMessages, type Pair } from '../support/lab-traffic.ts';
import { put } from '../support/manifest-edits.ts';
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
metadata: { name: api, namespace: blog }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Egress]
  egress: [{ to: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: ops } } }] }]
`;
const CAGED = POLICIES.replace('kubernetes.io/metadata.name: ops', 'kubernetes.io/metadata.name: blog');

const INGRESS: Pair = ['shop/web-far', 'shop/db'];
const EGRESS: Pair = ['blog/api', 'ops/plain'];
const UNCONCERNED: Pair = ['blog/cache', 'ops/prom'];
const DENIED: readonly Pair[] = [
  ['shop/cart', 'shop/db'],
  ['blog/api', 'shop/web-0'],
];
/** The next agent judges anew; where verdicts cannot mark connections, those of queued pods then need a judge for every packet. */
const ROUNDS = { kernel: 3, queue: 1 } as const;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  for (const datapath of ['kernel', 'queue'] as const)
    test(`--datapath=${datapath}: the agent is killed: the kernel enforces on, and the next agent loses nothing`, async () => {
      const node = await NodeLab.create([`--datapath=${datapath}`]);
      const { lab } = node;
      try {
        await node.become(POLICIES);
        const spared = flowsBetween(lab, INGRESS, UNCONCERNED);
        const doomed = flowsBetween(lab, EGRESS);
        await lab.openFlows([...spared, ...doomed], EVERY_MS);
        const rounds = ROUNDS[datapath];
        const times: number[] = [];
        for (let round = 0; round < rounds; round++) {
          await node.agent.end('SIGKILL');
          for (const pair of DENIED) await assertOutcome(lab, pair, 80, 'silent', 'while no agent is there');
          if (datapath === 'kernel') await assertOutcome(lab, INGRESS, 80, 'open', 'while no agent is there');
          // With the last agent the cluster changes before it comes.
          if (round === rounds - 1) await node.change(put(CAGED)(node.manifests));
          const started = monotonicMs();
          await node.restart();
          times.push(monotonicMs() - started);
          const { reconcile } = await node.agent.state();
          const { start, fullLoads, failedDeltas, drifts } = reconcile ?? {};
          assert.equal([start, fullLoads, failedDeltas, drifts], ['adopted', 0, 0, 0]);
        }
        const since = monotonicMs();
        await assertOutcome(lab, INGRESS, 80, 'open', 'in the end');
        await sleep(200);
        const ends = await lab.hushFlows();
        assertWhole(spared, ends);
        assertCut(doomed, ends, since);
        const ids = new Set(spared.map(({ id }) => id));
        const kept = ends.filter(({ id }) => ids.has(id));
        const sent = kept.reduce((sum, end) => sum + end.sent, 0);
        const ready = times.map((ms) => ms.toFixed(0)).join(', ');
        console.log(
          `${datapath}: ${rounds} kills, ${lostMessages(kept)} of ${sent} messages lost; ready again after ${ready} ms`,
        );
      } finally {
        await node.close();
      }
    });

  for (const failOpen of [false, true])
    test(`all queue workers are killed: connections go on, new ones are ${failOpen ? 'accepted (--fail-open)' : 'dropped'} until others listen`, async () => {
      const flags = ['--datapath=queue', '--log-level=debug', ...(failOpen ? ['--fail-open'] : [])];
      const node = await NodeLab.create(flags);
      const { lab } = node;
      try {
        await node.become(POLICIES);
        const spared = flowsBetween(lab, INGRESS, EGRESS, UNCONCERNED);
        await lab.openFlows(spared, EVERY_MS);
        await sleep(200);
        const workers = [...node.log().matchAll(/"pid":(\d+).*"a queue worker listens"/g)];
        assert.ok(workers.length > 0);
        // An agent that does not run starts no others while the test looks.
        process.kill(node.agent.pid, 'SIGSTOP');
        for (const [, pid] of workers) process.kill(Number(pid), 'SIGKILL');
        const killed = monotonicMs();
        await sleep(50);
        const outcome = failOpen ? 'open' : 'silent';
        await assertOutcome(lab, ['shop/cart', 'shop/db'], 80, outcome, 'while nobody judges');
        process.kill(node.agent.pid, 'SIGCONT');
        const goneMs = monotonicMs() - killed;
        const { judge } = await node.agent.until(
          'others listen',
          (state) => state.judge?.restarts === workers.length && state.judge.ready === workers.length,
        );
        const ms = monotonicMs() - killed - goneMs;
        await assertOutcome(lab, ['shop/cart', 'shop/db'], 443, 'silent', 'with new workers');
        await assertOutcome(lab, INGRESS, 80, 'open', 'with new workers');
        const ends = await lab.hushFlows();
        assertWhole(spared, ends);
        assert.is(judge?.judgeErrors, 0);
        console.log(
          `${workers.length} workers killed, others listen after ${ms.toFixed(0)} ms; ${lostMessages(ends)} messages of established connections lost`,
        );
      } finally {
        await node.close();
      }
    });
}
