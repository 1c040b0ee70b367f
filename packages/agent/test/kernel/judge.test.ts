/** Real connections that need the judge: real queue workers behind the kernel's rules. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FAMILIES, Snapshot } from '@kncompile/compiler';
import { assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import {
  allCells,
  difference,
  expectedOutcomes,
  observe,
} from '@kncompile/compiler/test/support/lab/matrix.ts';
import type { Flow, Outcome, Probe } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { CLUSTER_FILE, ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { JudgeNode, type JudgeNodeOptions } from './support/judge-node.ts';

const DOCUMENTS = readFileSync(CLUSTER_FILE, 'utf8').split('\n---\n');
const CLUSTER = DOCUMENTS.join('\n---\n');
const without = (name: string): string =>
  DOCUMENTS.filter((document) => !document.includes(`metadata: { name: ${name},`)).join('\n---\n');

const policy = (name: string, namespace: string, spec: string): string => `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}`;
/** The database answers pods of app web on port 80 only, and asks nobody. */
const DB = policy(
  'db',
  'shop',
  `{ podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress, Egress], egress: [],
     ingress: [{ from: [{ podSelector: { matchLabels: { app: web } } }], ports: [{ port: 80 }, { port: 80, protocol: UDP }] }] }`,
);
const BATCH = policy(
  'batch',
  'ops',
  '{ podSelector: { matchLabels: { app: batch } }, ingress: [{ ports: [{ port: 80 }] }] }',
);
/** The database answers every address on port 80. */
const DB_TO_ALL = policy(
  'db',
  'shop',
  `{ podSelector: { matchLabels: { app: db } }, ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }], ports: [{ port: 80 }] }] }`,
);
const ELSEWHERE = policy('elsewhere', 'blog', '{ podSelector: { matchLabels: { app: cron } } }');

/** The lab's policy sets, of which those here have most to do with each other: tiers, names, blocks, nodes. */
const SETS = new URL('../../../compiler/test/kernel/policy-sets/', import.meta.url);
const SAMPLE = [
  'whole-ladder',
  'np-named-port-egress',
  'np-block-over-pods',
  'anp-egress-nodes-networks',
  'cnp-tiers',
];

/** Longer than any answer in this test takes. */
const LONG_MS = 5000;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  let node: JudgeNode;
  test.after(() => lab.close());
  test.before.each(() => lab.reset());
  test.after.each(async () => {
    await node.stop();
    await lab.closeFlows();
  });
  const start = (options: Partial<JudgeNodeOptions> = {}): JudgeNode => {
    node = new JudgeNode(lab, { resolveTimeout: LONG_MS, ...options });
    return node;
  };
  const address = (name: string, family: 4 | 6 = 4): string => lab.endpoint(name).addresses[family];
  const probe = (
    from: string,
    to: string,
    port: number,
    protocol: Probe['protocol'] = 'TCP',
    family: 4 | 6 = 4,
  ) => ({
    protocol,
    from: address(from, family),
    to: address(to, family),
    port,
  });
  /** Makes connections, and changes the cluster while they wait. */
  const during = async (
    probes: readonly Probe[],
    change: () => Promise<unknown>,
  ): Promise<readonly Outcome[]> => {
    const outcomes = lab.probe(probes, 1000);
    await sleep(300);
    await change();
    return outcomes;
  };

  test('an unknown peer that turns out to be a pod within the time is judged as that pod', async () => {
    await start().become(without('web-far'), DB);
    const probes = FAMILIES.flatMap((family) => [
      probe('shop/web-far', 'shop/db', 80, 'TCP', family),
      probe('shop/web-far', 'shop/db', 443, 'TCP', family),
      probe('shop/web-far', 'shop/db', 80, 'UDP', family),
    ]);
    const outcomes = await during(probes, async () => {
      assert.ok(node.queued() >= probes.length, 'all wait');
      await node.become(CLUSTER, DB);
    });
    assert.equal(outcomes, ['open', 'silent', 'open', 'open', 'silent', 'open']);
    const { judge } = await node.state();
    assert.equal([judge.unknownAddresses, judge.verdicts.drop.unanswered], [0, 0]);
  });

  test('an unknown local address that turns out to be a protected pod within the time is judged by its policies', async () => {
    await start().become(without('batch'), BATCH);
    const probes = [
      probe('blog/api', 'ops/batch', 80),
      probe('blog/api', 'ops/batch', 443),
      probe('ops/batch', 'partner', 80),
    ];
    const outcomes = await during(probes, () => node.become(CLUSTER, BATCH));
    assert.equal(outcomes, ['open', 'silent', 'open']);
  });

  test('an unknown peer is an outside address after the time, and the kernel decides the next connection itself', async () => {
    await start({ resolveTimeout: 300 }).become(without('web-far'), DB_TO_ALL);
    const ask = () =>
      lab.probe([probe('shop/web-far', 'shop/db', 80), probe('shop/web-far', 'shop/db', 443)], 1000);
    assert.equal(await ask(), ['open', 'silent']);
    assert.equal((await node.state()).reconcile.learned, 1);
    const queued = node.queued();
    assert.equal(await ask(), ['open', 'silent']);
    assert.is(node.queued(), queued, 'nothing was queued');
    await node.become(CLUSTER, DB);
    assert.equal(await ask(), ['open', 'silent']);
    await node.become(
      CLUSTER.replace(
        'name: web-far, namespace: shop, labels: { app: web',
        'name: web-far, namespace: shop, labels: { app: job',
      ),
      DB,
    );
    assert.equal(await ask(), ['silent', 'silent']);
  });

  test('queued subjects: connections go on over a new generation, asked about once, both ways', async () => {
    await start({ datapath: 'queue' }).become(CLUSTER, DB);
    const flows = FAMILIES.flatMap((family) =>
      (['TCP', 'UDP'] as const).map(
        (protocol): Flow => ({
          ...probe('shop/web-far', 'shop/db', 80, protocol, family),
          protocol,
          id: `${protocol}-${family}`,
          sender: 'both',
        }),
      ),
    );
    await lab.openFlows(flows, 5);
    await sleep(300);
    const first = node.queued();
    assert.ok(first >= flows.length, 'each began in the queue');
    await sleep(200);
    assert.is(node.queued(), first, 'the kernel answers for what was judged');
    const { generation } = (await node.become(CLUSTER, DB, ELSEWHERE)).reconcile;
    assert.ok(generation > 1);
    await sleep(300);
    const second = node.queued();
    assert.ok(second > first, 'every connection was judged once more');
    await sleep(1000);
    if ((await node.state()).marksConnections) {
      assert.ok(
        second - first <= flows.length * 4,
        `${second - first} packets for ${flows.length} connections`,
      );
      assert.is(node.queued(), second, 'the kernel answers again');
    } else assert.ok(node.queued() > second, 'without marks from verdicts the judge answers for each packet');
    assertWhole(flows, await lab.hushFlows());
  });

  test('queued subjects: what a commit forbids ends, and a reply is never taken for a new connection', async () => {
    await start({ datapath: 'queue' }).become(CLUSTER, DB);
    assert.equal(
      await lab.probe([
        probe('shop/web-0', 'shop/db', 80),
        probe('shop/web-0', 'shop/db', 443),
        probe('shop/db', 'shop/web-0', 80),
        probe('shop/web-0', 'shop/db', 80, 'UDP', 6),
        probe('shop/cart', 'shop/db', 80, 'UDP', 6),
      ]),
      ['open', 'silent', 'silent', 'open', 'silent'],
    );
    const doomed: readonly Pick<Flow, 'protocol' | 'sender'>[] = [
      { protocol: 'TCP', sender: 'both' },
      { protocol: 'UDP', sender: 'client' },
    ];
    const flows = doomed.map(
      (each): Flow => ({ ...probe('shop/web-0', 'shop/db', 80, each.protocol), ...each, id: each.protocol }),
    );
    await lab.openFlows(flows, 5);
    await sleep(100);
    await node.become(CLUSTER, DB.replace('app: web', 'app: nobody'));
    await sleep(300);
    const ends = await lab.hushFlows();
    for (const { id, sent, end } of ends) {
      const received = ends.find((other) => other.id === id && other.end !== end)?.received ?? 0;
      assert.ok(sent === 0 || received <= sent - 10, `${id}, ${end}: ${received} of ${sent} arrived`);
    }
  });

  test('another program takes the xtables rules away: what needs the judge is dropped, and nothing else', async () => {
    await start({ datapath: 'queue' }).become(CLUSTER, DB);
    const judged = probe('shop/web-0', 'shop/db', 80);
    const others = probe('blog/api', 'blog/cache', 80);
    assert.equal(await lab.probe([judged, others]), ['open', 'open']);
    for (const command of ['iptables', 'ip6tables'])
      for (const hook of ['FORWARD', 'INPUT']) lab.exec(ROUTER, command, ['-t', 'security', '-F', hook]);
    assert.equal(await lab.probe([judged, others]), ['silent', 'open']);
  });

  for (const set of SAMPLE)
    test(`${set}: with the datapath in the queue every connection is what decide says`, async () => {
      const policies = readFileSync(new URL(`${set}.yaml`, SETS), 'utf8');
      await start({ datapath: 'queue' }).become(CLUSTER, policies);
      const snapshot = new Snapshot(readPolicies([CLUSTER, policies].join('\n---\n')));
      const cells = allCells(lab);
      const expected = expectedOutcomes(snapshot, cells);
      const observed = await observe(lab, cells, expected);
      assert.is(difference(snapshot, cells, expected, observed), undefined);
      const accepted = ({ judge }: Awaited<ReturnType<typeof node.state>>): number =>
        judge.verdicts.accept.rule + judge.verdicts.accept.no_policy;
      let state = await node.state();
      // Workers tell their counts twice a second.
      for (let tries = 0; accepted(state) <= 100 && tries < 100; tries++) {
        await sleep(50);
        state = await node.state();
      }
      assert.ok(accepted(state) > 100, 'the judge was asked');
      const { judgeErrors, unjudgeable, verdicts } = state.judge;
      assert.equal([judgeErrors, unjudgeable, verdicts.drop.unanswered], [0, 0, 0]);
    });

  for (const failOpen of [false, true])
    test(`a worker that is killed is replaced; packets meanwhile are ${failOpen ? 'accepted (fail-open)' : 'dropped'}`, async () => {
      await start({ datapath: 'queue', failOpen }).become(CLUSTER, DB);
      const denied = probe('shop/web-0', 'shop/db', 443, 'UDP');
      const allowed = probe('shop/web-0', 'shop/db', 80, 'UDP');
      // A single packet each, and a busy machine may take its time.
      assert.equal(await lab.probe([allowed, denied], 1000), ['open', 'silent']);
      const { workers } = await node.state();
      for (const [, pid] of workers) process.kill(pid, 'SIGKILL');
      while (node.listeners() > 0) await sleep(1);
      const outcomes = await lab.probe([allowed, denied], 100);
      assert.equal(outcomes, failOpen ? ['open', 'open'] : ['silent', 'silent']);
      for (let tries = 0; (await node.state()).judge.ready < workers.length && tries < 100; tries++)
        await sleep(50);
      // What passed meanwhile is stamped: another connection.
      const again = { ...denied, to: address('shop/db', 6), from: address('shop/web-0', 6) };
      assert.equal(await lab.probe([allowed, again], 1000), ['open', 'silent']);
      assert.is((await node.state()).judge.restarts, workers.length);
    });
}
