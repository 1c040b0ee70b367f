/** Real connections through a node while its reconciler commits, dies, comes back, and has its table taken away. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertCut, assertWhole } from '@kncompile/compiler/test/support/lab/flow-checks.ts';
import { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import { type Flow, monotonicMs } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { CLUSTER_FILE } from '@kncompile/compiler/test/support/lab/topology.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EVERY_MS, flowsBetween, type Pair, probesBetween } from '../support/lab-traffic.ts';
import { NodeClient } from './support/node-client.ts';

const CLUSTER = readFileSync(CLUSTER_FILE, 'utf8');

/** Judged at the source, at the destination, and not at all. */
const BY_EGRESS = ['blog/api', 'ops/plain'] as const;
const BY_INGRESS = ['shop/web-far', 'shop/db'] as const;
const UNCONCERNED = ['blog/cache', 'shop/cart'] as const;

const OPEN_EGRESS = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: client, namespace: blog }
spec: { podSelector: { matchLabels: { app: api } }, policyTypes: [Egress], egress: [{}] }
`;
const OPEN_INGRESS = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: server, namespace: shop }
spec: { podSelector: { matchLabels: { app: db } }, policyTypes: [Ingress], ingress: [{}] }
`;
const ELSEWHERE = OPEN_INGRESS.replace('name: server', 'name: elsewhere').replace('app: db', 'app: web');
const closed = (policy: string): string => policy.replace('[{}]', '[]');
const OPEN = [CLUSTER, OPEN_EGRESS, OPEN_INGRESS];
const CLOSED_INGRESS = [CLUSTER, OPEN_EGRESS, closed(OPEN_INGRESS)];

const THREE_GENERATIONS = 0x0030_0000;

/**
 * Whatever else uses connection tracking, as on every node with services. Without any such rule the kernel stops tracking,
 * and takes whichever packet it sees first afterwards for the first of its connection.
 */
const TRACKING = `table inet others {
  chain forward {
    type filter hook forward priority 0
    ct state new counter
  }
}`;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  let node: NodeClient;
  test.after(() => lab.close());
  test.before.each(() => {
    lab.reset();
    node = new NodeClient(lab);
  });
  test.after.each(async () => {
    await node.kill();
    await lab.closeFlows();
  });

  const flows = (...pairs: readonly Pair[]): readonly Flow[] => flowsBetween(lab, ...pairs);
  const probe = async (client: string, server: string): Promise<ReadonlySet<string>> =>
    new Set(await lab.probe(probesBetween(lab, [client, server], 443)));

  test('a commit that forbids cuts at once, in both directions, and nothing else', async () => {
    await node.become(...OPEN);
    const doomed = flows(BY_INGRESS);
    const spared = flows(BY_EGRESS, UNCONCERNED);
    await lab.openFlows([...doomed, ...spared], EVERY_MS);
    await sleep(100);
    const { deltas } = await node.become(...CLOSED_INGRESS);
    const since = monotonicMs();
    await sleep(300);
    const ends = await lab.hushFlows();
    assertCut(doomed, ends, since);
    assertWhole(spared, ends);
    assert.is(deltas, 2);
  });

  test('killed and started again, five times: the kernel enforces on, and no message is lost', async () => {
    await node.become(...CLOSED_INGRESS);
    const spared = flows(BY_EGRESS, UNCONCERNED);
    await lab.openFlows(spared, EVERY_MS);
    for (let i = 0; i < 5; i++) {
      await node.kill();
      assert.equal(await probe(...BY_INGRESS), new Set(['silent']));
      node = new NodeClient(lab);
      const { start, failedDeltas, fullLoads } = await node.become(...CLOSED_INGRESS);
      assert.equal({ start, failedDeltas, fullLoads }, { start: 'adopted', failedDeltas: 0, fullLoads: 0 });
    }
    assert.equal(await probe(...BY_EGRESS), new Set(['open']));
    assertWhole(spared, await lab.hushFlows());
    assert.is((await node.check()).drifts, 0);
  });

  test('what was forbidden while no agent was there ends with the first commit of the next', async () => {
    await node.become(...OPEN);
    const doomed = flows(BY_INGRESS);
    const spared = flows(BY_EGRESS, UNCONCERNED);
    await lab.openFlows([...doomed, ...spared], EVERY_MS);
    await sleep(100);
    await node.kill();
    node = new NodeClient(lab);
    await node.become(...CLOSED_INGRESS);
    const since = monotonicMs();
    await sleep(300);
    const ends = await lab.hushFlows();
    assertCut(doomed, ends, since);
    assertWhole(spared, ends);
  });

  test('generation numbers that come again and again revive no connection, and end none', async () => {
    await node.kill();
    node = new NodeClient(lab, THREE_GENERATIONS);
    await node.become(...OPEN);
    const doomed = flows(BY_INGRESS);
    const spared = flows(BY_EGRESS, UNCONCERNED);
    await lab.openFlows([...doomed, ...spared], EVERY_MS);
    await sleep(100);
    const { generation } = await node.become(...CLOSED_INGRESS);
    const since = monotonicMs();
    const seen = new Set([generation]);
    for (let i = 0; i < 12; i++) {
      const stats = await node.become(
        CLUSTER,
        OPEN_EGRESS,
        closed(OPEN_INGRESS),
        i % 2 ? ELSEWHERE : closed(ELSEWHERE),
      );
      assert.is(stats.unsafeWraps, 0);
      seen.add(stats.generation);
      await sleep(30);
    }
    assert.equal(seen, new Set([1, 2, 3]));
    const ends = await lab.hushFlows();
    assertCut(doomed, ends, since);
    assertWhole(spared, ends);
  });

  test('another program deletes our table: what it let through ends with the repair, the rest goes on', async () => {
    lab.nft(TRACKING);
    await node.become(...CLOSED_INGRESS);
    const spared = flows(BY_EGRESS, UNCONCERNED);
    await lab.openFlows(spared, EVERY_MS);
    assert.equal(await probe(...BY_INGRESS), new Set(['silent']));
    lab.nft('delete table inet kncompile');
    const intruders = flows(BY_INGRESS);
    await lab.openFlows(intruders, EVERY_MS);
    const { drifts } = await node.check();
    assert.is(drifts, 1);
    const since = monotonicMs();
    await sleep(300);
    const ends = await lab.hushFlows();
    assertCut(intruders, ends, since);
    assertWhole(spared, ends);
  });

  test('another program lets somebody in through our own chains: its connections end with the repair', async () => {
    await node.become(...CLOSED_INGRESS);
    await node.check();
    // Stamped, as if they were judged.
    lab.nft('insert rule inet kncompile deny goto allow');
    const intruders = flows(BY_INGRESS);
    await lab.openFlows(intruders, EVERY_MS);
    await sleep(100);
    const { drifts } = await node.check();
    assert.is(drifts, 1);
    const since = monotonicMs();
    await sleep(300);
    assertCut(intruders, await lab.hushFlows(), since);
  });
}
