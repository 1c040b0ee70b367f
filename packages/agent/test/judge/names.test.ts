/** DNS messages at the judge (S37): who is followed, what is held, and what pods may reach after it. */
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pod } from '../reconcile/support.ts';
import { answer, framed, question } from '../support/dns-messages.ts';
import { ACK, packet as packetOf, SYN } from './packets.ts';
import { JudgeBench } from './support.ts';

const WEB = '10.0.0.2';
const OTHER = '10.0.0.3';
const RESOLVER = '192.0.2.53';
const SITE = '198.51.100.7';
const HOLD_MS = 1000;

const CLUSTER = [
  pod('web', WEB, 'web'),
  pod('other', OTHER, 'other'),
  ...readPolicies(`
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: { name: by-name }
spec:
  priority: 1
  subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: web } } } }
  egress:
    - action: Allow
      to: [{ networks: [${RESOLVER}/32] }]
      ports: [{ portNumber: { protocol: UDP, port: 53 } }, { portNumber: { protocol: TCP, port: 53 } }]
    - { action: Allow, to: [{ domainNames: ["*.x.org"] }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }
    - { action: Deny, to: [{ networks: [0.0.0.0/0] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { namespace: shop, name: other }
spec: { podSelector: { matchLabels: { app: other } }, policyTypes: [Egress], egress: [{}] }`),
];

function started(options: ConstructorParameters<typeof JudgeBench>[0] = {}): JudgeBench {
  const bench = new JudgeBench(options);
  bench.commit(...CLUSTER);
  return bench;
}

const asks = (payload: Buffer, from = WEB): Uint8Array =>
  packetOf({ from, to: RESOLVER, protocol: 'UDP', port: 53, payload });
const tells = (payload: Buffer, to = WEB, from = RESOLVER): Uint8Array =>
  packetOf({ from, to, protocol: 'UDP', sourcePort: 53, port: 40_000, payload });
const connects = (to = SITE, from = WEB): Uint8Array => packetOf({ from, to, port: 80, flags: SYN });

const ask = (bench: JudgeBench, bytes: Uint8Array) => bench.ask(bytes, 'reply')?.verdict;
/** Of a packet that was held. */
const verdictOn = (bench: JudgeBench, id: number) => bench.answer(id, 'reply')?.verdict;

test('S37: an answer waits until the agent has carried it out; then the pod may connect', async () => {
  const bench = started();
  assert.is(bench.ask(connects())?.verdict, 'drop');
  assert.is(ask(bench, asks(question('a.x.org'))), 'accept');
  assert.is(ask(bench, tells(answer('a.x.org', SITE))), undefined);
  assert.equal(bench.told, [{ client: WEB, name: 'a.x.org', addresses: [{ address: SITE, ttl: 30 }] }]);
  bench.wait(HOLD_MS / 2);
  assert.is(verdictOn(bench, 2), undefined);
  await bench.learnNames();
  assert.is(verdictOn(bench, 2), 'accept');
  assert.is(bench.ask(connects())?.verdict, 'accept');
  assert.is(bench.ask(connects(SITE), 'original', 1)?.verdict, 'accept', 'at every worker');
  assert.is(bench.ask(connects('198.51.100.8'))?.verdict, 'drop');
  bench.wait(1000);
  assert.is(bench.service.stats.dnsAnswers.learned, 1);
  assert.is(bench.service.stats.verdicts.drop.unknown_name, 2);
});

test('S37: after the time to live no new connection; those that were made go on', async () => {
  const bench = started();
  ask(bench, asks(question('a.x.org')));
  ask(bench, tells(answer('a.x.org', SITE, 7, 5)));
  await bench.learnNames();
  bench.wait(4000);
  assert.is(bench.ask(connects())?.verdict, 'accept');
  bench.wait(2000);
  assert.is(bench.ask(connects())?.verdict, 'drop');
  assert.is(bench.ask(packetOf({ from: WEB, to: SITE, port: 80, flags: ACK }))?.verdict, 'accept');
  const back = packetOf({ from: SITE, to: WEB, sourcePort: 80, port: 40_000, flags: ACK });
  assert.is(ask(bench, back), 'accept');
});

test('S37: a worker that starts anew knows what pods may use', async () => {
  const bench = started();
  ask(bench, asks(question('a.x.org')));
  bench.ask(tells(answer('a.x.org', SITE)), 'reply');
  await bench.learnNames();
  assert.is(bench.ask(connects())?.verdict, 'accept');
  bench.restart(bench.options.queues.original.first);
  assert.is(bench.ask(connects())?.verdict, 'accept');
});

test('S37: the longest time to live that a message can have ends after a week, and not at once', async () => {
  const bench = started();
  ask(bench, asks(question('a.x.org')));
  bench.ask(tells(answer('a.x.org', SITE, 7, 0x7fff_ffff)), 'reply');
  await bench.learnNames();
  assert.equal(
    bench.told.map(({ addresses }) => addresses[0]?.ttl),
    [604_800],
  );
  assert.is(bench.ask(connects())?.verdict, 'accept');
});

test('S37: the shortest time to live lasts for the connection that follows, whenever the clock turns', async () => {
  const bench = started();
  bench.wait(999);
  ask(bench, asks(question('a.x.org')));
  ask(bench, tells(answer('a.x.org', SITE, 7, 0)));
  await bench.learnNames();
  bench.wait(2);
  assert.is(bench.ask(connects())?.verdict, 'accept');
  bench.wait(2000);
  assert.is(bench.ask(connects())?.verdict, 'drop');
});

test('S37: names that no policy asks for are not held', () => {
  const bench = started();
  ask(bench, asks(question('x.org')));
  assert.is(ask(bench, tells(answer('x.org', SITE))), 'accept', 'the apex');
  ask(bench, asks(question('b.y.org', 8)));
  assert.is(ask(bench, tells(answer('b.y.org', SITE, 8))), 'accept');
  bench.wait(1000);
  assert.equal(bench.told, []);
  assert.is(bench.service.stats.dnsAnswers.empty, 2);
});

test('S37: spoofed, double and broken answers pass, teach nothing, and are counted', async () => {
  const bench = started();
  assert.is(ask(bench, tells(answer('a.x.org', SITE))), 'accept', 'nobody has asked');
  ask(bench, asks(question('a.x.org')));
  assert.is(ask(bench, tells(answer('a.x.org', SITE, 8))), 'accept', 'another id');
  assert.is(ask(bench, tells(answer('b.x.org', SITE))), 'accept', 'another name');
  assert.is(ask(bench, tells(question('a.x.org'))), 'accept', 'no answer at all');
  assert.is(ask(bench, tells(Buffer.alloc(0))), 'accept');
  assert.equal(bench.told, []);
  assert.is(ask(bench, tells(answer('a.x.org', SITE))), undefined);
  await bench.learnNames();
  assert.is(ask(bench, tells(answer('a.x.org', '198.51.100.66'))), 'accept', 'answered already');
  assert.is(bench.told.length, 1);
  bench.wait(1000);
  const { unasked, malformed, learned } = bench.service.stats.dnsAnswers;
  assert.equal({ unasked, malformed, learned }, { unasked: 4, malformed: 2, learned: 1 });
});

test('S37: an answer from a resolver that the pod may not ask is dropped, whatever it asked', () => {
  const bench = started();
  const stranger = '198.51.100.53';
  const asked = packetOf({
    from: WEB,
    to: stranger,
    protocol: 'UDP',
    port: 53,
    payload: question('a.x.org'),
  });
  assert.is(ask(bench, asked), 'drop');
  assert.is(ask(bench, tells(answer('a.x.org', SITE), WEB, stranger)), 'drop');
  assert.equal(bench.told, []);
});

test('DNS of pods without rules about names is judged as anything else', () => {
  const bench = started();
  assert.is(bench.ask(asks(question('a.x.org'), OTHER))?.verdict, 'accept');
  assert.is(ask(bench, tells(answer('a.x.org', SITE), OTHER)), 'accept');
  bench.wait(1000);
  assert.equal(bench.told, []);
  assert.equal(Object.values(bench.service.stats.dnsAnswers), [0, 0, 0, 0, 0]);
});

test('a pod that speaks from port 53 itself is no resolver', () => {
  const bench = started();
  const both = packetOf({ from: WEB, to: SITE, protocol: 'UDP', sourcePort: 53, port: 40_000 });
  assert.is(bench.ask(both)?.verdict, 'drop');
  assert.is(
    ask(bench, packetOf({ from: SITE, to: WEB, protocol: 'UDP', sourcePort: 40_000, port: 53 })),
    'drop',
  );
  assert.equal(bench.told, []);
});

test('ports 53 at both ends: questions and answers are told apart by who is the client', async () => {
  const bench = started();
  const asked = {
    from: WEB,
    to: RESOLVER,
    protocol: 'UDP',
    sourcePort: 53,
    port: 53,
    payload: question('a.x.org'),
  } as const;
  assert.is(ask(bench, packetOf(asked)), 'accept');
  const told = { ...asked, from: RESOLVER, to: WEB, payload: answer('a.x.org', SITE) };
  assert.is(ask(bench, packetOf(told)), undefined);
  await bench.learnNames();
  assert.is(verdictOn(bench, 2), 'accept');
});

test('S37: what comes behind a held answer does not overtake it; other conversations go on', async () => {
  const bench = started();
  ask(bench, asks(question('a.x.org')));
  assert.is(ask(bench, tells(answer('a.x.org', SITE))), undefined);
  assert.is(ask(bench, tells(answer('a.x.org', '198.51.100.66'))), undefined, 'spoofed');
  assert.is(ask(bench, tells(answer('b.y.org', SITE, 8))), undefined);
  const elsewhere = { from: RESOLVER, to: WEB, protocol: 'UDP', sourcePort: 53, port: 40_001 } as const;
  assert.is(ask(bench, packetOf({ ...elsewhere, payload: answer('b.y.org', SITE, 8) })), 'accept');
  await bench.learnNames();
  assert.equal(
    [2, 3, 4].map((id) => verdictOn(bench, id)),
    ['accept', 'accept', 'accept'],
  );
  assert.is(bench.told.length, 1);
  bench.wait(1000);
  const { unasked, learned, refused } = bench.service.stats.dnsAnswers;
  assert.equal({ unasked, learned, refused }, { unasked: 3, learned: 1, refused: 0 });
});

test('S37: an agent that does not answer lets the answer go after the time, and what it learns then counts', async () => {
  const bench = started();
  ask(bench, asks(question('a.x.org')));
  ask(bench, tells(answer('a.x.org', SITE)));
  bench.wait(HOLD_MS);
  assert.is(verdictOn(bench, 2), 'accept');
  bench.wait(1000);
  assert.is(bench.service.stats.dnsAnswers.refused, 1);
  assert.is(bench.service.stats.dnsAnswers.learned, 0);
  await bench.learnNames();
  assert.is(bench.ask(connects())?.verdict, 'accept');
});

test('S37: over TCP a conversation waits as a whole: what is sent again passes nothing', async () => {
  const bench = started();
  const from = (sequence: number, payload: Buffer, flags = ACK): Uint8Array =>
    packetOf({ from: WEB, to: RESOLVER, port: 53, flags, sequence, payload });
  const back = (sequence: number, payload: Buffer, flags = ACK): Uint8Array =>
    packetOf({ from: RESOLVER, to: WEB, sourcePort: 53, port: 40_000, flags, sequence, payload });
  const nothing = Buffer.alloc(0);
  const whole = framed(answer('a.x.org', SITE));
  assert.is(ask(bench, from(100, nothing, SYN)), 'accept');
  assert.is(ask(bench, back(500, nothing, SYN | ACK)), 'accept');
  assert.is(ask(bench, from(101, framed(question('a.x.org')))), 'accept');
  assert.is(ask(bench, back(501, whole)), undefined);
  assert.is(ask(bench, back(501, whole.subarray(0, 20))), undefined, 'the beginning again');
  assert.is(ask(bench, back(501 + 20, whole.subarray(20))), undefined, 'the end again');
  assert.is(bench.told.length, 1);
  await bench.learnNames();
  assert.equal(
    [4, 5, 6].map((id) => verdictOn(bench, id)),
    ['accept', 'accept', 'accept'],
  );
  ask(bench, from(200, framed(question('b.x.org', 9))));
  bench.wait(1000);
  assert.is(bench.service.stats.dnsAnswers.learned, 1);
});

test('a flood of answers is bounded in what it tells the agent, and in the size of a message', async () => {
  const bench = started();
  const label = 'l'.repeat(60);
  const nameOf = (i: number): string => `${i}.${label}.${label}.${label}.x.org`;
  const { queue, loop } = bench.worker('reply');
  for (let i = 0; i < 400; i++) {
    queue.inject(asks(question(nameOf(i), i)));
    queue.inject(tells(answer(nameOf(i), `198.51.100.${i & 255}`, i)));
  }
  for (let turn = 0; turn < 20; turn++) loop.turn(0);
  for (let turn = 0; turn < 20; turn++) await bench.learnNames();
  bench.wait(HOLD_MS);
  assert.is(bench.told.length, 256);
  assert.is(loop.counters.judgeErrors, 0);
  assert.equal(queue.waiting, []);
  bench.wait(1000);
  const { learned, refused } = bench.service.stats.dnsAnswers;
  assert.ok(learned > 100, `${learned}`);
  assert.ok(refused > 100, `${refused}`);
});

test('S37: in the queue datapath DNS is never stamped: every later message comes, too', () => {
  const bench = started({ datapath: 'queue' });
  for (const bytes of [asks(question('a.x.org')), tells(answer('b.x.org', SITE))]) {
    const { verdict, connection } = bench.ask(bytes, 'reply') ?? {};
    assert.equal([verdict, connection], ['accept', undefined]);
  }
});

test.run();
