/**
 * Verdicts that mark the packet's connection, in the kernel's conntrack. A kernel that cannot has to say so, and accepts the
 * packet all the same; qemu/queue.test.ts runs this file on one that can, and on one that lost the module for it.
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ConnectionMark, openQueue, type Queue } from '../../src/index.ts';
import { enterNamespace, sh } from '../support/namespace.ts';
import { type UdpPair, udpPair } from '../support/udp.ts';

const PORTS = { first: 4000, last: 4010 };
const MASK = 0xfff00000;
/** Bits that somebody else gives to every new connection. */
const THEIRS = 0x000f0001;
/** Milliseconds; much, for an emulated machine. */
const PATIENCE = 10_000;

let port = PORTS.first - 1;

const test = suite<{ pair: UdpPair; queue: Queue }>('connection mark');

test.before(() => {
  nft(`table inet marks {
    chain untracked { type filter hook output priority -300; }
    chain output {
      type filter hook output priority 0
      udp dport ${PORTS.first}-${PORTS.last} ct state new ct mark set ${THEIRS}
    }
  }`);
  sh(`iptables -t security -A OUTPUT -p udp --dport ${PORTS.first}:${PORTS.last} -j NFQUEUE --queue-num 0`);
  const queue = openQueue({ number: 0 });
  console.log(`this kernel ${queue.marksConnections ? 'marks' : 'does not mark'} connections`);
  queue.close();
});
test.before.each(async (context) => {
  // Old connections stay in the list, under the ports of their tests.
  port++;
  context.pair = await udpPair(port);
  context.queue = openQueue({ number: 0 });
});
test.after.each(({ pair, queue }) => {
  pair.close();
  queue.close();
});

test('a new connection gets the bits of the mask, and keeps those of others', async (context) => {
  await pass(context, { value: 0xabc00000, mask: MASK });
  expectMarks(context.queue, [0xabc00000 + THEIRS], [THEIRS]);
});

test('an established connection too, and again', async (context) => {
  await pass(context);
  expectMarks(context.queue, [THEIRS], [THEIRS]);
  await pass(context, { value: 0xfff00000, mask: MASK });
  await pass(context, { value: 0x80100000 | 0, mask: MASK | 0 });
  expectMarks(context.queue, [0x80100000 + THEIRS], [THEIRS]);
  await pass(context, { value: 0, mask: MASK });
  expectMarks(context.queue, [THEIRS], [THEIRS]);
});

test('in a run of accepted packets only its own connection is marked', async ({ pair, queue }) => {
  const others = Array.from({ length: 4 }, otherSender);
  for (const send of others) await send();
  await pair.send('marked');
  for (const send of others) await send();
  const { count, ids } = queue.receive(PATIENCE);
  assert.is(count, 9);
  for (let i = 0; i < count; i++) {
    if (i === 4) queue.answer(ids[i] as number, 'accept', undefined, { value: 0x00100000, mask: MASK });
    else queue.answer(ids[i] as number, 'accept');
  }
  queue.receive(10);
  assert.is(queue.counters.rejected, 0);
  const theirs = [THEIRS, THEIRS, THEIRS, THEIRS];
  expectMarks(queue, [...theirs, 0x00100000 + THEIRS], [...theirs, THEIRS]);
});

test('an untracked packet is accepted', async (context) => {
  nft(`add rule inet marks untracked udp dport ${port} notrack`);
  try {
    await pass(context, { value: 0x00100000, mask: MASK });
    expectMarks(context.queue, [], []);
  } finally {
    nft('flush chain inet marks untracked');
  }
});

/** Sends one packet, answers it, and waits until it has arrived. */
async function pass(
  { pair, queue }: { pair: UdpPair; queue: Queue },
  connection?: ConnectionMark,
): Promise<void> {
  await pair.send('x');
  const { count, ids } = queue.receive(PATIENCE);
  assert.is(count, 1);
  queue.answer(ids[0] as number, 'accept', undefined, connection);
  queue.flush();
  assert.is(await pair.receive(PATIENCE), 'x');
}

/** What the kernel's list of connections has, from the file that needs no netlink. */
function expectMarks(queue: Queue, where: readonly number[], whereNot: readonly number[]): void {
  const lines = sh(`grep 'dport=${port} ' /proc/net/nf_conntrack || true`).split('\n').filter(Boolean);
  const marks = lines.map((line) => Number(/ mark=(\d+)/.exec(line)?.[1]));
  assert.equal(
    marks.sort((a, b) => a - b),
    queue.marksConnections ? where : whereNot,
  );
}

/** Sends from a connection of its own. */
function otherSender(): () => Promise<void> {
  const socket = createSocket('udp4').unref();
  return () => new Promise((resolve) => socket.send('x', port, '127.0.0.1', () => resolve()));
}

function nft(text: string): void {
  const { status, stderr } = spawnSync('nft', ['-f', '-'], { input: text, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

if (enterNamespace()) test.run();
