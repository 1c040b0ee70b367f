/** What comes of what the kernel answers, with a socket that says what a test wants. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BatchNft } from '../../src/kernel/batch-nft.ts';
import { FakeKernel } from '../../src/kernel/fake.ts';
import type { Ffi } from '../../src/kernel/ffi.ts';
import { type Change, KernelError, transactionChange } from '../../src/kernel/kernel.ts';
import { attribute, netfilterMessage } from '../../src/kernel/netlink.ts';
import { changes, element, transaction } from './support.ts';

const NLMSG_ERROR = 2;
const CAPPED = 0x100;
const WITH_PLACES = 0x300;
const ENOENT = 2;
const ENOMEM = 12;
const EPERM = 1;
const ERESTART = 85;

/** Two messages: one element is deleted, two are added. */
const CHANGE: Change = transactionChange(
  transaction({
    elements: [
      changes('peers4', {
        removed: [element(['10.0.0.1'])],
        added: [element(['10.0.0.2'], 0x100_0001), element(['10.0.0.3'], 0x100_0001)],
      }),
    ],
  }),
  'delta',
);

/** The kernel's answer to the message with this number; `at`: what is wrong begins there. */
function answer(sequence: number, errno: number, at?: number): Buffer {
  const original = Buffer.alloc(16);
  original.writeUInt32LE(sequence, 8);
  const place = Buffer.alloc(4);
  place.writeUInt32LE(at ?? 0);
  const words = attribute(1, Buffer.from('words of the kernel\0'));
  const attributes = at === undefined ? [original] : [original, words, attribute(2, place)];
  const message = netfilterMessage(NLMSG_ERROR, 0, 0, Buffer.concat(attributes));
  message.writeUInt16LE(at === undefined ? CAPPED : WITH_PLACES, 6);
  message.writeInt32LE(-errno, 16);
  return message;
}

interface Bench {
  readonly kernel: BatchNft;
  readonly others: FakeKernel;
  readonly sent: Buffer[];
  /** An answer comes while nothing is asked. */
  readonly arrive: (late: Buffer) => void;
}

/** A kernel that gives these answers, one receive each, to what it is sent; `takes`: whether it can be sent at all. */
function bench(answers: readonly Buffer[], takes = true): Bench {
  const sent: Buffer[] = [];
  let waiting: Buffer[] = [];
  const receive = (into: Buffer): number => waiting.shift()?.copy(into) ?? -1;
  const calls: Readonly<Record<string, (...parameters: readonly never[]) => number>> = {
    socket: () => 3,
    setsockopt: () => 0,
    recv: (_fd, into) => receive(into),
    send: (_fd, messages: Buffer) => {
      assert.is(waiting.length, 0, 'what came before is thrown away');
      if (!takes) return -1;
      sent.push(Buffer.from(messages));
      waiting = [...answers];
      return messages.length;
    },
  };
  const ffi = {
    open: () => undefined,
    int: (_library: string, name: string, ...parameters: readonly never[]) =>
      calls[name]?.(...parameters) ?? -1,
  } as unknown as Ffi;
  const others = new FakeKernel();
  const kernel = BatchNft.open(ffi, others);
  if (!kernel) throw new Error('no kernel');
  return { kernel, others, sent, arrive: (late) => waiting.push(late) };
}

async function outcome({ kernel }: Bench): Promise<KernelError | undefined> {
  try {
    await kernel.apply(CHANGE);
    return undefined;
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
}

test('the answer to the last message says that all is well', async () => {
  const made = bench([answer(2, 0)]);
  assert.is(await outcome(made), undefined);
  assert.is(made.sent.length, 1);
  assert.is(made.others.log.length, 0);
});

test('an error names the set and the element', async () => {
  // Where the second element begins: behind the head, table, set, the list's head and the first element.
  const made = bench([answer(2, ENOENT, 20 + 16 + 12 + 4 + 28)]);
  const error = await outcome(made);
  assert.is(error?.code, 'rejected');
  assert.match(error?.message ?? '', /^ENOENT: .*\nadd element inet kncompile peers4 \{ 10\.0\.0\.3 \}$/);
});

test('the first of several errors counts, in one receive or in several', async () => {
  const [first, last] = [answer(1, ENOENT), answer(2, ENOMEM)];
  for (const answers of [[first, last], [Buffer.concat([first, last])]]) {
    const error = await outcome(bench(answers));
    assert.match(error?.message ?? '', /^ENOENT: .*\ndelete element inet kncompile peers4$/);
  }
});

test('a commit that fails as a whole is a failure, although the last message was fine', async () => {
  const error = await outcome(bench([answer(0, ENOMEM), answer(2, 0)]));
  assert.is(error?.code, 'rejected');
  assert.match(error?.message ?? '', /^ENOMEM: .*\nthe batch as a whole$/);
});

test('a batch that another commit came before is not carried out, and nobody else is asked to', async () => {
  const made = bench([answer(0, ERESTART)]);
  assert.is(await made.kernel.applyNext(CHANGE, 7), false);
  assert.is(made.others.log.length, 0);
  assert.is(await bench([answer(2, 0)]).kernel.applyNext(CHANGE, 7), true);
  assert.is(await bench([], false).kernel.applyNext(CHANGE, 7), false);
});

test('who may not is told so', async () => {
  assert.is((await outcome(bench([answer(0, EPERM)])))?.code, 'unavailable');
});

test('without an answer nobody knows what was done', async () => {
  for (const answers of [[], [answer(1, 0)], [Buffer.alloc(7)]])
    assert.is((await outcome(bench(answers)))?.code, 'timeout');
});

test('an answer that comes too late is none to the next batch', async () => {
  const made = bench([]);
  assert.is((await outcome(made))?.code, 'timeout');
  made.arrive(answer(2, ENOENT));
  assert.is((await outcome(made))?.code, 'timeout');
});

test('what the socket does not take another way takes, as text', async () => {
  const made = bench([], false);
  made.others.tamper(
    'add table inet kncompile\nadd map inet kncompile peers4\nadd element inet kncompile peers4 { 10.0.0.1 : 1:1 }',
  );
  assert.is(await outcome(made), undefined);
  assert.is(made.others.log.length, 1);
});

test('so it does what is no everyday transaction, and full loads', async () => {
  const made = bench([answer(2, 0)]);
  const text = 'add table inet kncompile\n';
  await made.kernel.apply({ extent: 'delta', transaction: undefined, text: () => text });
  await made.kernel.apply({ ...CHANGE, extent: 'full', text: () => text });
  const newSets = transaction({ newSets: [changes('peers4', {}).set] });
  await made.kernel.apply({ extent: 'delta', transaction: newSets, text: () => text });
  assert.is(made.others.log.length, 3);
  assert.is(made.sent.length, 0);
});

test('numbers without a name are told as they are', async () => {
  assert.match((await outcome(bench([answer(2, 524)])))?.message ?? '', /^error 524/);
});

test.run();
