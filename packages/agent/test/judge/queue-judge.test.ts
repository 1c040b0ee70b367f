/** The judge of the queue workers, and the service that feeds them: what they hold, ask, learn, mark and count. */
import { idOf, stampValue } from '@kncompile/compiler';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pod, policy } from '../reconcile/support.ts';
import { ACK, packet, SYN } from './packets.ts';
import { JudgeBench } from './support.ts';

const NODES = readPolicies(`
apiVersion: v1
kind: Node
metadata: { name: near }
spec: { podCIDRs: [10.0.0.0/24] }
---
apiVersion: v1
kind: Node
metadata: { name: far }
spec: { podCIDRs: [10.0.1.0/24] }
`);
const DB = '10.0.0.1';
const WEB = '10.0.0.2';
const LATE = '10.0.1.9';
const CLUSTER = [...NODES, pod('db', DB, 'db'), pod('web', WEB, 'web'), policy(['web'])];
const to = (port: number, from = WEB, flags = SYN) => packet({ from, to: DB, port, flags });

test('before the first commit everything waits, and nothing passes', () => {
  const bench = new JudgeBench();
  assert.is(bench.ask(to(5432)), undefined);
  assert.is(bench.ask(packet({ from: '192.0.2.1', to: '192.0.2.2', port: 80 })), undefined);
  bench.wait(1000);
  assert.equal(
    bench.worker('original').queue.answers.map(({ verdict }) => verdict),
    ['drop', 'drop'],
  );
  assert.is(bench.service.stats.verdicts.drop.unanswered, 2);
  assert.equal(bench.learned, []);
});

test('what waits for the first commit is judged with it', () => {
  const bench = new JudgeBench();
  bench.ask(to(5432));
  bench.ask(to(80));
  bench.commit(...CLUSTER);
  assert.is(bench.answer(1)?.verdict, 'accept');
  assert.is(bench.answer(2)?.verdict, 'drop');
});

test('a row is asked for once, and answers for all ports', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  assert.is(bench.ask(to(5432))?.verdict, 'accept');
  assert.is(bench.ask(to(5433))?.verdict, 'drop');
  assert.is(bench.ask(to(5432, WEB, ACK))?.verdict, 'accept');
  assert.is(bench.service.stats.questions, 1);
});

for (const [app, verdict] of [
  ['web', 'accept'],
  ['job', 'drop'],
] as const)
  test(`a peer that a later event makes a ${app} pod: ${verdict}`, () => {
    const bench = new JudgeBench();
    bench.commit(...CLUSTER);
    assert.is(bench.ask(to(5432, LATE)), undefined);
    bench.wait(500);
    bench.commit(pod('late', LATE, app, 'far'));
    assert.is(bench.answer(1)?.verdict, verdict);
    assert.equal(bench.learned, []);
  });

test('a local address that a later event makes a protected pod: judged by its policies', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  bench.ask(packet({ from: WEB, to: '10.0.0.7', port: 5432 }));
  bench.ask(packet({ from: WEB, to: '10.0.0.7', port: 80 }));
  bench.commit(pod('db-2', '10.0.0.7', 'db'));
  assert.equal([bench.answer(1)?.verdict, bench.answer(2)?.verdict], ['accept', 'drop']);
});

test('a local address that stays unknown is an outside address after the time, and learned', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  bench.ask(packet({ from: '10.0.0.7', to: '192.0.2.1', port: 80 }));
  bench.wait(999);
  assert.is(bench.answer(1), undefined);
  bench.wait(1);
  assert.is(bench.answer(1)?.verdict, 'accept');
  assert.equal(bench.learned, ['10.0.0.7']);
});

test('an unknown peer is an outside address after the time, for every worker, until the time is over or a pod comes', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  bench.ask(to(5432, LATE));
  bench.wait(1000);
  assert.is(bench.answer(1)?.verdict, 'drop');
  assert.equal(bench.learned, [LATE]);
  assert.is(bench.ask(to(5432, LATE), 'original', 1)?.verdict, 'drop');
  const reply = packet({ from: DB, to: LATE, sourcePort: 5432, port: 40_000, flags: ACK });
  assert.is(bench.ask(reply, 'reply')?.verdict, 'drop');
  bench.commit(pod('late', LATE, 'web', 'far'));
  assert.is(bench.ask(to(5432, LATE), 'original', 1)?.verdict, 'accept');
  bench.compiler.delete(idOf(pod('late', LATE, 'web', 'far')));
  bench.commit();
  assert.is(bench.ask(to(5432, LATE), 'original', 1), undefined, 'forgotten when it was known');
  bench.wait(1000);
  bench.wait(20_000);
  assert.is(bench.ask(to(5432, LATE), 'original', 1), undefined, 'forgotten when the time was over');
});

test('an address that has become known while a worker gave up on it is not learned', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  bench.ask(to(5432, LATE));
  bench.compiler.set(pod('late', LATE, 'web', 'far'));
  bench.compiler.commit();
  bench.wait(1000);
  assert.is(bench.answer(1)?.verdict, 'drop');
  assert.equal(bench.learned, []);
});

test('what somebody known forbids does not wait for somebody unknown', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  assert.is(bench.ask(packet({ from: '192.0.2.1', to: DB, port: 5432 }))?.verdict, 'drop');
  assert.equal(bench.service.stats.unknownAddresses, 0);
});

test('a reply is judged as the connection that it belongs to', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  const reply = (sourcePort: number) =>
    packet({ from: DB, to: WEB, sourcePort, port: 40_000, flags: SYN | ACK });
  assert.is(bench.ask(reply(5432), 'reply')?.verdict, 'accept');
  assert.is(bench.ask(reply(5433), 'reply')?.verdict, 'drop');
  assert.is(bench.ask(packet({ from: DB, to: WEB, port: 80 }))?.verdict, 'accept');
});

test('connections that only the judge decides about get the stamp of what it knows, on both ways', () => {
  const bench = new JudgeBench({ datapath: 'queue' });
  bench.commit(...CLUSTER);
  const { markMask } = bench.options;
  const stampOf = (generation: number) => ({
    value: stampValue({ generation, markMask }),
    mask: markMask >>> 0,
  });
  assert.equal(bench.ask(to(5432))?.connection, stampOf(1), 'whatever the kernel stamped it with');
  assert.equal(bench.ask(to(5432, WEB, ACK))?.connection, stampOf(1));
  bench.commit(policy(['web', 'job']), policy(['web'], 'more'));
  const { generation } = bench.compiler.ruleset();
  assert.equal(bench.ask(to(5432, WEB, ACK))?.connection, stampOf(generation));
  const reply = packet({ from: DB, to: WEB, sourcePort: 5432, port: 40_000, flags: ACK });
  assert.equal(bench.ask(reply, 'reply')?.connection, stampOf(generation));
  assert.is(bench.ask(to(5433, WEB, ACK))?.connection, undefined, 'denied');
  assert.is(
    bench.ask(packet({ from: WEB, to: '192.0.2.1', port: 80, flags: ACK }))?.connection,
    undefined,
    'nobody concerned',
  );
});

test('a worker that has not heard of the last commit gives the stamp of the one before, so that the kernel asks again', () => {
  const bench = new JudgeBench({ datapath: 'queue' });
  bench.commit(...CLUSTER);
  assert.is(bench.ask(to(5432))?.verdict, 'accept');
  const { markMask } = bench.options;
  bench.compiler.set(policy(['nobody']));
  bench.compiler.commit();
  assert.is.not(bench.compiler.ruleset().generation, 1);
  assert.equal(bench.ask(to(5432))?.connection, {
    value: stampValue({ generation: 1, markMask }),
    mask: markMask >>> 0,
  });
  bench.commit();
  assert.is(bench.ask(to(5432))?.verdict, 'drop');
});

test('without queued subjects the judge leaves the stamp to the kernel', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  const { verdict, connection } = bench.ask(to(5432, WEB, ACK)) ?? {};
  assert.equal([verdict, connection], ['accept', undefined]);
});

test('fail-open: without an answer a packet passes, unstamped, and counted', () => {
  const bench = new JudgeBench({ failOpen: true, datapath: 'queue' });
  bench.ask(to(5433, WEB, ACK));
  bench.wait(1000);
  const { verdict, connection } = bench.answer(1) ?? {};
  assert.equal([verdict, connection], ['accept', undefined]);
  assert.is(bench.service.stats.verdicts.accept.unanswered, 1);
  bench.commit(...CLUSTER);
  assert.is(bench.ask(to(5433))?.verdict, 'drop');
});

test('a worker that starts anew knows what the last one knew of the cluster', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  assert.is(bench.ask(to(5432))?.verdict, 'accept');
  bench.restart(bench.options.queues.original.first);
  assert.is(bench.ask(to(5432))?.verdict, 'accept');
  assert.is(bench.ask(to(5433))?.verdict, 'drop');
});

test('counted by outcome and reason, and denials by policy', () => {
  const bench = new JudgeBench();
  bench.commit(...CLUSTER);
  bench.ask(to(5432));
  bench.ask(to(5433));
  bench.ask(to(5433));
  bench.ask(packet({ from: WEB, to: '192.0.2.1', port: 80 }));
  bench.ask(packet({ from: WEB, to: WEB, port: 80 }));
  bench.ask(packet({ from: WEB, to: WEB, port: 80 }));
  bench.wait(1000);
  const { verdicts, denied } = bench.service.stats;
  assert.equal([verdicts.accept.rule, verdicts.accept.no_policy, verdicts.accept.self], [1, 1, 2]);
  assert.is(verdicts.drop.isolation, 2);
  assert.equal([...denied], [['NetworkPolicy shop/db', 2]]);
});

test('a flood of unknown addresses: bounded in all that it takes, and others are served on', () => {
  const bench = new JudgeBench();
  bench.commit(
    ...CLUSTER,
    pod('loud', '10.0.0.3', 'loud'),
    ...readPolicies(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: out }
spec: { podSelector: { matchLabels: { app: loud } }, policyTypes: [Egress], egress: [{ to: [{ podSelector: {} }] }] }
---
apiVersion: v1
kind: Node
metadata: { name: wide }
spec: { podCIDRs: [10.8.0.0/13] }`),
  );
  const { queue, loop } = bench.worker('original');
  for (let i = 0; i < 20_000; i++) {
    queue.inject(packet({ from: '10.0.0.3', to: `10.8.${i >> 8}.${i & 255}`, port: 80 }));
    if (i % 64 === 63) loop.turn(0);
  }
  loop.turn(0);
  assert.is(loop.holding, 256);
  assert.is(bench.ask(to(5432))?.verdict, 'accept', 'somebody else');
  bench.wait(1000);
  assert.is(loop.holding, 0);
  assert.is(bench.learned.length, 256);
  assert.is(loop.counters.sourceHoldsRefused, 20_000 - 256);
  assert.ok(loop.counters.judgeErrors === 0);
});

test('what one pod makes known is bounded over time; others have room', () => {
  const bench = new JudgeBench();
  const reader = (name: string) =>
    readPolicies(`
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: ${name} }
spec: { podSelector: { matchLabels: { app: ${name} } }, policyTypes: [Egress], egress: [{}] }`);
  bench.commit(
    ...CLUSTER,
    pod('loud', '10.0.0.3', 'loud'),
    pod('calm', '10.0.0.4', 'calm'),
    ...reader('loud'),
    ...reader('calm'),
    ...readPolicies(
      'apiVersion: v1\nkind: Node\nmetadata: { name: wide }\nspec: { podCIDRs: [10.8.0.0/13] }',
    ),
  );
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 200; i++)
      bench.ask(packet({ from: '10.0.0.3', to: `10.8.${second}.${i}`, port: 80 }));
    bench.wait(1000);
  }
  assert.is(bench.learned.length, 512);
  bench.ask(packet({ from: '10.0.0.4', to: '10.9.0.1', port: 80 }));
  bench.wait(1000);
  assert.is(bench.learned.at(-1), '10.9.0.1');
  assert.is(bench.service.stats.unknownRefused, 5 * 200 - 512);
});

test.run();
