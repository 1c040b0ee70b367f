/** Ten thousand updates of the cluster while every first packet of a connection goes through the judge. */
import { setTimeout as sleep } from 'node:timers/promises';
import { assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { monotonicMs, type Probe } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Manifest } from '../support/api-server/store.ts';
import {
  assertAsDecided,
  EVERY_MS,
  flowsBetween,
  lostMessages,
  type Pair,
  probesBetween,
  queueCounts,
} from '../support/lab-traffic.ts';
import { put } from '../support/manifest-edits.ts';
import { NodeLab } from '../support/node-lab.ts';

/** A real API server takes its time for each. */
const UPDATES = process.env['KUBEBUILDER_ASSETS'] ? 2_000 : 10_000;

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
metadata: { name: api, namespace: blog }
spec:
  podSelector: { matchLabels: { app: api } }
  policyTypes: [Egress]
  egress: [{ to: [{ namespaceSelector: { matchLabels: { team: red } } }] }]
`;

/** What no update changes. */
const ALLOWED: readonly Pair[] = [
  ['shop/web-far', 'shop/db'],
  ['shop/web-0', 'shop/db'],
  ['blog/api', 'ops/plain'],
];
const DENIED: readonly Pair[] = [
  ['shop/cart', 'shop/db'],
  ['blog/api', 'blog/front'],
];
const PORTS = [80, 443, 8080, 8443];

/** Of other pods and other policies; some of them give and take permissions of the same two subjects, others cut the connections of others. */
const KINDS: readonly ((n: number) => Manifest)[] = [
  (n) => pod(n % 50, n % 3 === 0 ? { app: 'web' } : { app: 'churn' }),
  (n) => policy('db-too', 'shop', 'db', { ingress: [{ from: [labelled(n % 2 ? 'churn' : 'nobody')] }] }),
  (n) => policy('others', 'blog', 'cron', n % 2 ? { egress: [{}] } : { egress: [] }),
  (n) => ({
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'churn' },
    spec: {
      priority: 10 + (n % 7),
      subject: { namespaces: { matchLabels: { team: 'red' } } },
      ingress: [{ action: 'Deny', from: [{ pods: { namespaceSelector: {}, ...labelled(`x${n % 5}`) } }] }],
    },
  }),
];

/** A busy machine may answer a worker's question late: nothing shall be dropped for that. */
const PATIENT = '--resolve-timeout=20s';
const PATIENCE_MS = 20_000;

/** After so many all objects have come again. */
const CYCLE = 100;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test(`--datapath=queue: ${UPDATES} updates: no queued packet is lost, and no verdict is wrong`, async () => {
    const node = await NodeLab.create(['--datapath=queue', PATIENT]);
    const { lab } = node;
    try {
      await node.become(POLICIES);
      const of = (pairs: readonly Pair[]): readonly Probe[] =>
        pairs.flatMap((pair) => PORTS.flatMap((port) => probesBetween(lab, pair, port)));
      const [allowed, denied] = [of(ALLOWED), of(DENIED)];
      const flows = flowsBetween(lab, ...ALLOWED);
      await lab.openFlows(flows, EVERY_MS);
      const started = monotonicMs();
      let isOver = false;
      const updates = (async () => {
        for (let n = 0; n < UPDATES; n++) await node.cluster.put(update(n));
      })().finally(() => {
        isOver = true;
      });
      let connections = 0;
      const silent: Probe[] = [];
      while (!isOver) {
        for (let round = 0; round < 10 && !isOver; round++) {
          const outcomes = await lab.probe(allowed, PATIENCE_MS);
          silent.push(...allowed.filter((_, index) => outcomes[index] !== 'open'));
          connections += allowed.length;
        }
        const refused = await lab.probe(denied);
        assert.equal(
          denied.filter((_, index) => refused[index] !== 'silent'),
          [],
          'denied, and passed',
        );
        connections += denied.length;
      }
      await updates;
      const seconds = (monotonicMs() - started) / 1000;
      assert.equal(silent, [], 'allowed, and silent');
      const last = Array.from({ length: CYCLE }, (_, i) => update(UPDATES - CYCLE + i));
      const left = new Map(last.map((each) => [each.metadata.name, JSON.stringify(each)]));
      await node.becomeObjects(put([...left.values()].join('\n---\n'))(node.manifests));
      await sleep(200);
      const ends = await lab.hushFlows();
      const { reconcile, judge } = await node.agent.state();
      const queues = queueCounts(lab);
      assert.equal([queues.dropped, reconcile?.failedDeltas, reconcile?.drifts], [0, 0, 0]);
      assert.equal([judge?.judgeErrors, judge?.restarts, judge?.expired], [0, 0, 0]);
      assert.equal([judge?.holdsRefused, judge?.verdicts.drop.unanswered], [0, 0]);
      assertWhole(flows, ends);
      await assertAsDecided(node, 'after all updates');
      console.log(
        `${UPDATES} updates in ${seconds.toFixed(1)} s, ${reconcile?.commits} commits; ${connections} connections, 0 wrong; ${queues.queued} packets queued, ${queues.dropped} lost; ${lostMessages(ends)} messages of established connections lost`,
      );
    } finally {
      await node.close();
    }
  });
}

function update(n: number): Manifest {
  const make = KINDS[n % KINDS.length] as (typeof KINDS)[number];
  return make(n);
}

function labelled(app: string): object {
  return { podSelector: { matchLabels: { app } } };
}

function pod(n: number, labels: Readonly<Record<string, string>>): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `churn-${n}`, namespace: 'shop', labels },
    spec: { nodeName: 'far', containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIPs: [{ ip: `10.244.2.${100 + n}` }, { ip: `fd00:244:2::${100 + n}` }] },
  };
}

function policy(name: string, namespace: string, app: string, spec: object): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec: { ...labelled(app), policyTypes: 'ingress' in spec ? ['Ingress'] : ['Egress'], ...spec },
  };
}
