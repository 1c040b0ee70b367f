import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelObject } from '../../src/model/types.ts';
import { FAMILIES } from '../../src/values/address.ts';
import { Enforcer, LAB_OPTIONS } from '../support/lab/enforce.ts';
import { assertCut, assertWhole } from '../support/lab/flow-checks.ts';
import { Lab } from '../support/lab/lab.ts';
import { readCluster, readPolicies } from '../support/lab/manifests.ts';
import { type Flow, monotonicMs, type Sender } from '../support/lab/protocol.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { skip } from '../support/skip.ts';

/** Between two messages of one end of a flow, in ms. */
const EVERY = 3;

const SENDERS: readonly Sender[] = ['client', 'server', 'both'];

/** Who connects to whom in which test, and which end's policy has a say. */
const BY_EGRESS = [
  ['blog/api', 'ops/plain'],
  ['blog/api', 'shop/web-far'],
  ['blog/api', 'partner'],
  ['blog/api', 'node near'],
] as const;
const BY_INGRESS = [
  ['blog/cron', 'shop/db'],
  ['shop/web-far', 'shop/db'],
  ['partner', 'shop/db'],
] as const;
const UNCONCERNED = [
  ['blog/cache', 'shop/cart'],
  ['stranger', 'ops/vault'],
  ['ops/batch', 'node far'],
] as const;

/** Policies that allow these connections, and what to replace one with so that it no longer does. */
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
const closed = (policy: string): string => policy.replace('[{}]', '[]');

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  const cluster = readCluster();
  const withPolicies = (...policies: readonly string[]): readonly ModelObject[] => [
    ...cluster,
    ...readPolicies(policies.join('---')),
  ];
  const open = withPolicies(OPEN_EGRESS, OPEN_INGRESS);
  test.after(() => lab.close());
  test.after.each(() => lab.closeFlows());

  test('a commit that forbids cuts what the policy of the client or of the server forbids, and nothing else', async () => {
    const enforcer = new Enforcer(lab);
    enforcer.become(open);
    const doomed = flows(lab, [...BY_EGRESS, ...BY_INGRESS]);
    const spared = flows(lab, UNCONCERNED);
    await lab.openFlows([...doomed, ...spared], EVERY);
    await sleep(100);
    enforcer.become(withPolicies(closed(OPEN_EGRESS), closed(OPEN_INGRESS)));
    const since = monotonicMs();
    await sleep(400);
    const ends = await lab.hushFlows();
    assertCut(doomed, ends, since);
    assertWhole(spared, ends);
  });

  test('one direction alone is enough, and the other policy stays in force', async () => {
    const enforcer = new Enforcer(lab);
    enforcer.become(open);
    const doomed = flows(lab, BY_INGRESS);
    const spared = flows(lab, [...BY_EGRESS, ...UNCONCERNED]);
    await lab.openFlows([...doomed, ...spared], EVERY);
    await sleep(100);
    enforcer.become(withPolicies(OPEN_EGRESS, closed(OPEN_INGRESS)));
    const since = monotonicMs();
    await sleep(300);
    const ends = await lab.hushFlows();
    assertCut(doomed, ends, since);
    assertWhole(spared, ends);
  });

  test('a peer that loses its label loses its connections with the same commit', async () => {
    const enforcer = new Enforcer(lab);
    const policy = OPEN_INGRESS.replace(
      '[{}]',
      '[{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: cron } } }] }]',
    );
    const before = withPolicies(policy);
    enforcer.become(before);
    const doomed = flows(lab, [['blog/cron', 'shop/db']]);
    await lab.openFlows(doomed, EVERY);
    await sleep(100);
    enforcer.become(
      before.map((object) =>
        object.kind === 'Pod' && object.name === 'cron' ? Object.freeze({ ...object, labels: {} }) : object,
      ),
    );
    const since = monotonicMs();
    await sleep(300);
    assertCut(doomed, await lab.hushFlows(), since);
  });

  test('what stays allowed loses nothing while a hundred commits run', async () => {
    const enforcer = new Enforcer(lab);
    const other = OPEN_INGRESS.replace('name: server', 'name: other').replace('app: db', 'app: web');
    const variants = [
      withPolicies(OPEN_EGRESS, OPEN_INGRESS, other),
      withPolicies(OPEN_EGRESS, OPEN_INGRESS, closed(other)),
    ];
    enforcer.become(variants[0] ?? []);
    const spared = flows(lab, [...BY_EGRESS, ...BY_INGRESS, ...UNCONCERNED]);
    await lab.openFlows(spared, EVERY);
    for (let commit = 1; commit <= 100; commit++) {
      enforcer.become(variants[commit % 2] ?? []);
      await sleep(5);
    }
    assertWhole(spared, await lab.hushFlows());
  });

  test('S47: with --established=keep a connection outlives its permission, a new one does not begin', async () => {
    const enforcer = new Enforcer(lab, { ...LAB_OPTIONS, established: 'keep' });
    enforcer.become(open);
    const kept = flows(lab, [...BY_EGRESS, ...BY_INGRESS]);
    await lab.openFlows(kept, EVERY);
    await sleep(100);
    enforcer.become(withPolicies(closed(OPEN_EGRESS), closed(OPEN_INGRESS)));
    const fresh = kept.map(({ protocol, from, to }) => ({ protocol, from, to, port: 443 }));
    const outcomes = await lab.probe(fresh);
    assertWhole(kept, await lab.hushFlows());
    assert.equal(new Set(outcomes), new Set(['silent']));
  });
}

/** TCP and UDP, both families, sent from either end: all of them between each pair. */
function flows(lab: Lab, pairs: readonly (readonly [client: string, server: string])[]): readonly Flow[] {
  return pairs.flatMap(([client, server]) =>
    FAMILIES.flatMap((family) =>
      (['TCP', 'UDP'] as const).flatMap((protocol) =>
        SENDERS.map((sender) => ({
          id: `${client} -> ${server} ${protocol} IPv${family} sent by ${sender}`.replaceAll(' ', '_'),
          protocol,
          from: lab.endpoint(client).addresses[family],
          to: lab.endpoint(server).addresses[family],
          port: 80,
          sender,
        })),
      ),
    ),
  );
}
