import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NfqError, openQueue, type Queue, type QueueOptions } from '../../src/index.ts';
import { enterNamespace, sh } from '../support/namespace.ts';
import { type UdpPair, udpPair } from '../support/udp.ts';

const PORT = 4000;
const LISTENER = fileURLToPath(new URL('../support/listener.ts', import.meta.url));
/** How long a packet is waited for that must not come, milliseconds. */
const NEVER = 100;

const test = suite<{ pair: UdpPair; queue: Queue | undefined }>('kernel queue');

const rule = (extra = ''): void => {
  sh(
    `iptables -t mangle -F; iptables -t mangle -A OUTPUT -p udp --dport ${PORT} -j NFQUEUE --queue-num 0 ${extra}`,
  );
};

test.before.each(async (context) => {
  rule();
  context.pair = await udpPair(PORT);
});

test.after.each((context) => {
  context.pair.close();
  context.queue?.close();
  context.queue = undefined;
});

/** Opens queue 0 for the test, which closes it. */
function open(context: { queue: Queue | undefined }, options: Partial<QueueOptions> = {}): Queue {
  context.queue = openQueue({ number: 0, ...options });
  return context.queue;
}

/** Receives until `count` packets have come, and returns their ids. */
function receiveIds(queue: Queue, count: number): readonly number[] {
  const ids: number[] = [];
  for (let tries = 0; ids.length < count && tries < 100; tries++) {
    const batch = queue.receive(100);
    ids.push(...batch.ids.subarray(0, batch.count));
  }
  assert.is(ids.length, count);
  return ids;
}

test('accept: the packet arrives', async (context) => {
  const queue = open(context);
  await context.pair.send('one');
  const [id] = receiveIds(queue, 1);
  assert.is(queue.statistics()?.waiting, 1);
  queue.answer(id as number, 'accept');
  queue.flush();
  assert.is(await context.pair.receive(), 'one');
  assert.is(queue.statistics()?.waiting, 0);
});

test('drop: it does not', async (context) => {
  const queue = open(context);
  await context.pair.send('one');
  queue.answer(receiveIds(queue, 1)[0] as number, 'drop');
  queue.flush();
  assert.is(await context.pair.receive(NEVER), undefined);
  assert.is(queue.statistics()?.waiting, 0);
});

test('mixed verdicts, a packet that is held while later ones pass, and its late verdict', async (context) => {
  const queue = open(context);
  for (const text of ['a', 'b', 'held', 'd', 'e']) await context.pair.send(text);
  const [a, b, held, d, e] = receiveIds(queue, 5) as [number, number, number, number, number];
  queue.answer(a, 'accept');
  queue.answer(b, 'drop');
  queue.answer(d, 'accept');
  queue.answer(e, 'accept');
  queue.flush();
  assert.equal(
    [await context.pair.receive(), await context.pair.receive(), await context.pair.receive()],
    ['a', 'd', 'e'],
  );
  assert.is(await context.pair.receive(NEVER), undefined);
  assert.is(queue.statistics()?.waiting, 1);
  queue.answer(held, 'accept');
  queue.flush();
  assert.is(await context.pair.receive(), 'held');
  assert.is(queue.statistics()?.waiting, 0);
});

test('two hundred at once, each with the verdict of its own', async (context) => {
  const queue = open(context);
  const texts = Array.from({ length: 200 }, (_, index) => String(index));
  for (const text of texts) await context.pair.send(text);
  for (const [index, id] of receiveIds(queue, 200).entries())
    queue.answer(id, index % 3 === 0 ? 'drop' : 'accept');
  queue.flush();
  for (const [index, text] of texts.entries()) {
    if (index % 3 !== 0) assert.is(await context.pair.receive(), text);
  }
  assert.is(await context.pair.receive(NEVER), undefined);
  assert.equal([queue.statistics()?.waiting, queue.counters.rejected], [0, 0]);
});

test('IPv6', async (context) => {
  sh(
    `ip6tables -t mangle -F; ip6tables -t mangle -A OUTPUT -p udp --dport ${PORT + 1} -j NFQUEUE --queue-num 0`,
  );
  const six = await udpPair(PORT + 1, 6);
  try {
    const queue = open(context);
    await six.send('six');
    queue.answer(receiveIds(queue, 1)[0] as number, 'accept');
    queue.flush();
    assert.is(await six.receive(), 'six');
  } finally {
    six.close();
  }
});

test('the mark is read, and one is set', async (context) => {
  sh(`iptables -t mangle -I OUTPUT -p udp --dport ${PORT} -j MARK --set-mark 5`);
  sh('iptables -t mangle -A POSTROUTING -m mark --mark 0x80000007 -j DROP');
  const queue = open(context);
  await context.pair.send('marked');
  const batch = queue.receive(1000);
  assert.equal([batch.count, batch.marks[0]], [1, 5]);
  queue.answer(batch.ids[0] as number, 'accept', 0x80000007);
  await context.pair.send('unmarked');
  queue.answer(receiveIds(queue, 1)[0] as number, 'accept');
  queue.flush();
  assert.is(await context.pair.receive(), 'unmarked');
  assert.match(sh('iptables -t mangle -nvxL POSTROUTING'), /^\s+1\s.*DROP/m);
});

for (const failOpen of [false, true]) {
  test(`a full queue ${failOpen ? 'lets packets pass with' : 'drops without'} failOpen`, async (context) => {
    const queue = open(context, { maximumLength: 2, failOpen });
    for (const text of ['1', '2', '3', '4', '5']) await context.pair.send(text);
    const through: (string | undefined)[] = [];
    for (let i = 0; i < 3; i++) through.push(await context.pair.receive(NEVER));
    assert.equal(through, failOpen ? ['3', '4', '5'] : [undefined, undefined, undefined]);
    assert.equal([queue.statistics()?.waiting, queue.statistics()?.queueDropped], [2, failOpen ? 0 : 3]);
  });
}

for (const bypass of [false, true]) {
  test(`the listener is killed: packets ${bypass ? 'pass with' : 'are dropped without'} bypass`, async (context) => {
    rule(bypass ? '--queue-bypass' : '');
    const listener = spawn(process.execPath, [LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(listener.stdout, 'data');
    await context.pair.send('before');
    assert.is(await context.pair.receive(), 'before');
    listener.kill('SIGKILL');
    await once(listener, 'exit');
    await context.pair.send('after');
    assert.is(await context.pair.receive(NEVER), bypass ? 'after' : undefined);
  });
}

test('a receive buffer that overflows: counted, and later packets come', async (context) => {
  const queue = open(context, { receiveBuffer: 4096 });
  for (let i = 0; i < 200; i++) await context.pair.send(String(i));
  const { waiting, userDropped } = queue.statistics() ?? { waiting: 0, userDropped: 0 };
  assert.ok(userDropped > 0 && waiting > 0);
  assert.is(waiting + userDropped, 200);
  for (const id of receiveIds(queue, waiting)) queue.answer(id, 'accept');
  queue.flush();
  for (let i = 0; i < waiting; i++) assert.is(await context.pair.receive(), String(i));
  await context.pair.send('after');
  queue.answer(receiveIds(queue, 1)[0] as number, 'accept');
  queue.flush();
  assert.is(await context.pair.receive(), 'after');
});

test('a verdict for a packet that is not there is counted, not an error', (context) => {
  const queue = open(context);
  queue.answer(12345, 'accept');
  queue.receive(100);
  assert.equal([queue.counters.rejected, queue.counters.lastErrno], [1, 2]);
});

test('receive returns after its timeout', (context) => {
  const queue = open(context);
  const start = performance.now();
  assert.is(queue.receive(50).count, 0);
  const took = performance.now() - start;
  assert.ok(took >= 49 && took < 500, `${took} ms`);
});

test('a queue that another socket holds', (context) => {
  open(context);
  assert.throws(
    () => openQueue({ number: 0 }),
    (error: unknown) => error instanceof NfqError && error.code === 'NFQ_QUEUE_TAKEN',
  );
});

test('without CAP_NET_ADMIN', () => {
  const { stdout } = spawnSync('setpriv', ['--bounding-set=-net_admin', process.execPath, LISTENER], {
    encoding: 'utf8',
  });
  assert.is(stdout.trim(), 'NFQ_PERMISSION');
});

test('without the library', () => {
  const hide =
    'mount --bind /dev/null "$(readlink -f "$(ldconfig -p | sed -n "s/.*libnetfilter_queue.so.1 .*=> //p")")"';
  const { stdout } = spawnSync(
    'unshare',
    ['--mount', 'sh', '-c', `${hide} && exec "$@"`, 'sh', process.execPath, LISTENER],
    {
      encoding: 'utf8',
    },
  );
  assert.is(stdout.trim(), 'NFQ_LIBRARY_MISSING');
});

test('a queue opens again after it was closed', async (context) => {
  for (let i = 0; i < 3; i++) {
    const queue = open(context);
    await context.pair.send(String(i));
    queue.answer(receiveIds(queue, 1)[0] as number, 'accept');
    queue.close();
    assert.is(await context.pair.receive(), String(i));
  }
});

if (enterNamespace()) test.run();
