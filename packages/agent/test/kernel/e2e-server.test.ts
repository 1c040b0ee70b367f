/**
 * The API server goes away for five minutes, forgets its history, or says nothing any more. The agent's waiting times for
 * the server are a fifteenth of what they are, and so are the five minutes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TIMING } from '../../src/source/timing.ts';
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

const HURRY = 15;
const AWAY_MS = (5 * 60_000) / HURRY;

/** For processes to start and packets to fly on a busy machine. */
const SLACK_MS = 5_000;

const DB = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: db, namespace: shop }
spec:
  podSelector: { matchLabels: { app: db } }
  ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }] }]
`;
const ALLOWED: Pair = ['shop/web-far', 'shop/db'];
const DENIED: Pair = ['shop/cart', 'shop/db'];

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test('the API server is away for five minutes: what is known stays in force, and what changes arrives', async () => {
    const node = await NodeLab.create([], { variant: { hurry: HURRY } });
    const { lab } = node;
    try {
      await node.become(DB);
      const flows = flowsBetween(lab, ALLOWED);
      await lab.openFlows(flows, EVERY_MS);
      await node.cluster.do({ op: 'away' });
      const back = monotonicMs() + AWAY_MS;
      let rounds = 0;
      for (; monotonicMs() < back; rounds++) {
        await assertOutcome(lab, ALLOWED, 443, 'open', 'while the server is away');
        await assertOutcome(lab, DENIED, 80, 'silent', 'while the server is away');
        await sleep(500);
      }
      assert.is(await node.agent.readiness(), 200, 'the kernel holds what is known');
      const away = await node.agent.state();
      for (const { kind, problem, failures } of away.sources) {
        assert.ok(problem, `${kind}: nothing is wrong`);
        assert.ok(failures < 30, `${kind}: ${failures} attempts`);
      }
      const lag = await node.agent.metric('kncompile_watch_lag_seconds');
      assert.ok(lag > (away.sources.length * AWAY_MS) / 2000, `lags of ${lag} s together`);
      await node.cluster.do({ op: 'back' });
      const returned = monotonicMs();
      await node.becomeObjects(label('Pod', 'cart', { app: 'web' })(node.manifests));
      const ms = monotonicMs() - returned;
      await assertAsDecided(node, 'when the server is back', cellsOf(lab, 'shop/db'));
      assert.ok(ms < TIMING.backoff.longest / HURRY + SLACK_MS, `after ${ms} ms`);
      const ends = await lab.hushFlows();
      assertWhole(flows, ends);
      console.log(
        `away for ${AWAY_MS / 1000} s (${HURRY} times slower: 5 min): ${rounds} rounds of connections right, ${lostMessages(ends)} messages lost; a change arrived ${ms.toFixed(0)} ms after the return`,
      );
    } finally {
      await node.close();
    }
  });

  if (process.env['KUBEBUILDER_ASSETS'] === undefined) addTestsOfUnreliable();
}

/** What only the server of these tests can be made to do. */
function addTestsOfUnreliable(): void {
  test('watches say nothing any more, and their connections stay: noticed, and nothing is missed', async () => {
    const node = await NodeLab.create([], { variant: { hurry: HURRY } });
    try {
      await node.become(DB);
      await node.cluster.do({ op: 'stick' });
      const stuck = monotonicMs();
      await node.change(label('Pod', 'cart', { app: 'web' })(node.manifests));
      await sleep(500);
      await assertOutcome(node.lab, DENIED, 80, 'silent', 'while the watch is stuck');
      await node.settled();
      const ms = monotonicMs() - stuck;
      await assertAsDecided(node, 'afterwards', cellsOf(node.lab, 'shop/db'));
      assert.ok(ms < (TIMING.silence + TIMING.backoff.first) / HURRY + SLACK_MS, `after ${ms} ms`);
      console.log(
        `a stuck watch was replaced after ${(ms / 1000).toFixed(1)} s (the limit is ${TIMING.silence / HURRY / 1000} s here, ${TIMING.silence / 1000} s otherwise)`,
      );
    } finally {
      await node.close();
    }
  });

  test('connections that end without a word, and a history that is gone (410): everything is listed anew', async () => {
    const node = await NodeLab.create();
    try {
      await node.become(DB);
      const lists = (await node.agent.state()).sources.map((source) => source.lists);
      for (const labels of [{ app: 'web' }, { app: 'cart' }, { app: 'web' }]) {
        await node.cluster.do({ op: 'disconnect' });
        await node.change(label('Pod', 'cart', labels)(node.manifests));
        await node.cluster.do({ op: 'compact' });
        await node.settled();
        await assertOutcome(node.lab, DENIED, 80, labels.app === 'web' ? 'open' : 'silent', 'after 410');
      }
      const { sources, reconcile } = await node.agent.state();
      assert.ok(sources.some((source, index) => source.lists > (lists[index] ?? 0)));
      assert.equal([reconcile?.fullLoads, reconcile?.failedDeltas], [0, 0]);
    } finally {
      await node.close();
    }
  });
}
