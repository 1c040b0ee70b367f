import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  openQueue,
  readStatistics,
  type Supervisor,
  type SupervisorOptions,
  supervise,
  WorkerError,
  type WorkerEvent,
  type WorkerReport,
} from '../../src/index.ts';
import { allowedCores } from '../../src/supervisor/cores.ts';
import { enterNamespace, sh } from '../support/namespace.ts';
import { type UdpPair, udpPair } from '../support/udp.ts';
import { until } from '../support/until.ts';

const JUDGE = fileURLToPath(new URL('../support/port-judge.ts', import.meta.url));
const TALKING = fileURLToPath(new URL('../support/talking-judge.ts', import.meta.url));
const ORPHAN = fileURLToPath(new URL('../support/orphan.ts', import.meta.url));
const PORTS = [4001, 4002, 4003, 4004, 4005, 4006] as const;
const NEVER = 100;

interface Context {
  supervisor: Supervisor;
  events: WorkerEvent[];
  reports: WorkerReport[];
}
const test = suite<Context>('kernel supervisor');
const pairs = new Map<number, UdpPair>();
const to = (port: (typeof PORTS)[number]): UdpPair => pairs.get(port) as UdpPair;

/** Starts a supervisor of queue 0, for the test that closes it. */
async function start(context: Context, options: Partial<SupervisorOptions> = {}): Promise<Supervisor> {
  context.events = [];
  context.reports = [];
  context.supervisor = supervise({
    queues: [{ number: 0, direction: 'original' }],
    judge: JUDGE,
    onEvent: (event) => void context.events.push(event),
    onReport: (report) => void context.reports.push(report),
    ...options,
  });
  await context.supervisor.ready;
  return context.supervisor;
}

function lastPid({ events }: Context): number {
  const pids = events.flatMap((event) => (event.kind === 'ready' ? [event.pid] : []));
  const last = pids.at(-1);
  if (last === undefined) throw new Error('no worker is ready');
  return last;
}

test.before(async () => {
  sh('iptables -t mangle -A OUTPUT -p udp --dport 4001:4006 -j NFQUEUE --queue-num 0');
  for (const port of PORTS) pairs.set(port, await udpPair(port));
});
test.after(() => {
  for (const pair of pairs.values()) pair.close();
});
test.after.each((context) => context.supervisor.stop());

test('accept and drop, counted', async (context) => {
  const supervisor = await start(context);
  await to(4001).send('yes');
  await to(4002).send('no');
  assert.is(await to(4001).receive(), 'yes');
  assert.is(await to(4002).receive(NEVER), undefined);
  await supervisor.stop();
  const { packets, accepted, dropped } = context.reports.at(-1)?.counters ?? {};
  assert.equal([packets, accepted, dropped], [2, 1, 1]);
});

test('hold, then an update, then accept', async (context) => {
  const supervisor = await start(context, { holdMs: 60_000 });
  await to(4003).send('held');
  assert.is(await to(4003).receive(NEVER), undefined);
  const started = performance.now();
  supervisor.update([[4003, 'accept']]);
  assert.is(await to(4003).receive(), 'held');
  assert.ok(performance.now() - started < 500);
});

test('hold, then the deadline', async (context) => {
  await start(context, { holdMs: 200 });
  const started = performance.now();
  await to(4003).send('odd');
  await to(4006).send('even');
  assert.is(await to(4003).receive(), 'odd');
  const took = performance.now() - started;
  assert.ok(took >= 190 && took < 600, `${took} ms`);
  assert.is(await to(4006).receive(NEVER), undefined);
  assert.is(readStatistics()[0]?.waiting, 0);
});

test('what is held when the worker is stopped is answered', async (context) => {
  const supervisor = await start(context, { holdMs: 60_000 });
  await to(4003).send('held');
  assert.is(await to(4003).receive(NEVER), undefined);
  await supervisor.stop();
  assert.is(await to(4003).receive(), 'held');
  assert.equal(readStatistics(), []);
});

test('the state is handed to a worker that starts, and to its successor', async (context) => {
  await start(context, { state: () => [[4003, 'accept']] });
  await to(4003).send('first');
  assert.is(await to(4003).receive(), 'first');
  process.kill(lastPid(context), 'SIGKILL');
  await until('the worker is back', () => context.events.filter(({ kind }) => kind === 'ready').length === 2);
  await to(4003).send('second');
  assert.is(await to(4003).receive(), 'second');
  const lost = context.events.find(({ kind }) => kind === 'lost');
  assert.match(
    (lost?.kind === 'lost' && lost.error?.message) || '',
    'worker of queue 0: it was ended by SIGKILL',
  );
});

test('a judge that throws costs its packet only', async (context) => {
  await start(context);
  await to(4005).send('bug');
  await to(4001).send('yes');
  assert.is(await to(4001).receive(), 'yes');
  assert.is(await to(4005).receive(NEVER), undefined);
});

test('a judge that never returns is killed and its worker replaced', async (context) => {
  await start(context);
  await to(4004).send('loop');
  await until(
    'a new worker',
    () => context.events.filter(({ kind }) => kind === 'ready').length === 2,
    12_000,
  );
  await to(4001).send('yes');
  assert.is(await to(4001).receive(), 'yes');
});

test('a worker that cannot start says why, is tried again, and starts when it can', async (context) => {
  const taken = openQueue({ number: 0 });
  context.events = [];
  context.supervisor = supervise({
    queues: [{ number: 0, direction: 'original' }],
    judge: JUDGE,
    onEvent: (event) => void context.events.push(event),
  });
  await until('two attempts', () => context.events.filter(({ kind }) => kind === 'lost').length >= 2);
  const lost = context.events[0];
  assert.ok(lost?.kind === 'lost' && lost.error instanceof WorkerError);
  assert.is(lost.error.code, 'NFQ_QUEUE_TAKEN');
  taken.close();
  await context.supervisor.ready;
});

test('a judge that does not load is named', async (context) => {
  context.events = [];
  context.supervisor = supervise({
    queues: [{ number: 0, direction: 'original' }],
    judge: '/nonexistent/judge.ts',
    onEvent: (event) => void context.events.push(event),
  });
  await until('an attempt', () => context.events.length > 0);
  const [lost] = context.events;
  assert.ok(lost?.kind === 'lost' && lost.error instanceof WorkerError);
  assert.is(lost.error.code, 'NFQ_JUDGE_INVALID');
  assert.match(lost.error.message, '/nonexistent/judge.ts does not load');
});

test('each worker runs on its core, and reports every second', async (context) => {
  const core = allowedCores().at(-1) as number;
  await start(context, { cores: [core] });
  const pid = lastPid(context);
  assert.match(readFileSync(`/proc/${pid}/task/${pid}/status`, 'utf8'), `Cpus_allowed_list:\t${core}\n`);
  await until('two reports', () => context.reports.length >= 2);
  const [report] = context.reports;
  assert.equal([report?.queue, report?.pid, report?.kernel?.number], [0, pid, 0]);
  assert.ok((report?.rss ?? 0) > 1e6);
});

test('what the judge tells arrives with the number of its queue', async (context) => {
  const told: unknown[] = [];
  await start(context, {
    judge: TALKING,
    onTell: (queue, message) => void told.push([queue, (message as { port: number }).port]),
  });
  await to(4001).send('yes');
  await until('the message', () => told.length > 0);
  assert.equal(told, [[0, 4001]]);
});

test('a parent that does not read stops no packet and loses no message', async (context) => {
  const told: unknown[] = [];
  const supervisor = await start(context, {
    judge: TALKING,
    onTell: (_, message) => void told.push(message),
  });
  // Synchronous, so that this process reads nothing meanwhile; the messages are four times what the socket takes.
  const sent = 200;
  sh(`for i in $(seq ${sent}); do bash -c 'echo x > /dev/udp/127.0.0.1/4001'; done`);
  sh('sleep 0.5');
  const { waiting, lastId } = readStatistics()[0] ?? {};
  assert.equal([waiting, lastId], [0, sent]);
  assert.equal(told, []);
  await until('all messages', () => told.length === sent);
  await supervisor.stop();
  const { told: counted, tellsRefused } = context.reports.at(-1)?.counters ?? {};
  assert.is(counted, sent);
  assert.ok((tellsRefused ?? 0) > 0, 'nothing was refused: the test tested nothing');
  for (let i = 0; i < sent; i++) await to(4001).receive();
});

test('stop ends the workers, also one that is waiting to be restarted, and can be called twice', async (context) => {
  const supervisor = await start(context);
  process.kill(lastPid(context), 'SIGKILL');
  await until('the worker is gone', () => context.events.some(({ kind }) => kind === 'lost'));
  await Promise.all([supervisor.stop(), supervisor.stop()]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(readStatistics(), []);
});

test('a worker whose parent is killed ends', async (context) => {
  context.supervisor = { stop: () => Promise.resolve() } as Supervisor;
  const parent = spawn(process.execPath, [ORPHAN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
  const worker = Number(chunk.toString());
  parent.kill('SIGKILL');
  await until('the worker ends', () => !existsSync(`/proc/${worker}`));
  assert.equal(readStatistics(), []);
});

if (enterNamespace()) test.run();
