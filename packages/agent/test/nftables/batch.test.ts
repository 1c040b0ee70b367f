/** Transactions as batches of messages: the bytes are nft 1.0.6's own, but for the numbers that it gives sets. */
import type { Chain, Transaction } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeTransaction, LARGEST_BATCH } from '../../src/kernel/nftables/batch.ts';
import { cells, chains, changes, element, mostOf, refilled, shapeOf, transaction } from './support.ts';

/** The messages of a batch in hexadecimal. */
function messagesOf(change: Transaction): readonly string[] {
  const { bytes } = encodeTransaction(change) ?? { bytes: Buffer.alloc(0) };
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at))
    messages.push(bytes.toString('hex', at, at + bytes.readUInt32LE(at)));
  return messages;
}

const bytes = (words: string): string => words.replace(/\s+/g, '');

test('a batch has a head and an end, and has its last message answered', () => {
  const elements = [changes('peers4', { added: [element(['10.200.0.2'], 0x100_00ab)] })];
  assert.equal(messagesOf(transaction({ elements })), [
    bytes('14000000 10000100 00000000 00000000 0000000a'),
    bytes(`
      50000000 0c0a0504 01000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 0b000200 70656572 73340000 20000380 1c000180 0c000180 08000100
      0ac80002 0c000280 08000100 ab000001`),
    bytes('14000000 11000100 02000000 00000000 0000000a'),
  ]);
});

test('the head says which commit the batch is to follow', () => {
  const elements = [changes('peers4', { removed: [element(['10.0.0.1'])] })];
  const head = encodeTransaction(transaction({ elements }), 0xabcdef01)?.bytes.toString('hex', 0, 28);
  assert.is(head, bytes('1c000000 10000100 00000000 00000000 0000000a 08000100 abcdef01'));
});

const ELEMENTS = [
  {
    what: 'a cell with its verdict and comment, the class in host order',
    change: changes('ingress_ports4', {
      added: [element([0x100_00ab, '10.200.0.1', 6, 9000], 1, 'NetworkPolicy bench/server rule 1')],
    }),
    message: `
      8c000000 0c0a0504 01000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 13000200 696e6772 6573735f 706f7274 73340000 54000380 50000180
      18000180 14000100 ab000001 0ac80001 06000000 23280000 0c000280 08000100
      01000000 28000600 00224e65 74776f72 6b506f6c 69637920 62656e63 682f7365
      72766572 2072756c 65203100`,
  },
  {
    what: 'a range of ports to delete: both ends, the class in network order, and nothing else',
    change: changes('ingress_ranges6', {
      removed: [element([0x100_00ab, 'fd00::1', 17, { first: 9000, last: 9010 }], 1, 'x')],
    }),
    message: `
      88000000 0e0a0500 01000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 14000200 696e6772 6573735f 72616e67 65733600 50000380 4c000180
      24000180 20000100 010000ab fd000000 00000000 00000000 00000001 11000000
      23280000 24000a80 20000100 010000ab fd000000 00000000 00000000 00000001
      11000000 23320000`,
  },
  {
    what: 'an address of a set',
    change: changes('subjects_egress6', { removed: [element(['fd00::1:2'])] }),
    message: `
      5c000000 0e0a0500 01000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 15000200 7375626a 65637473 5f656772 65737336 00000000 20000380
      1c000180 18000180 14000100 fd000000 00000000 00000000 00010002`,
  },
];

for (const { what, change, message } of ELEMENTS)
  test(what, () => assert.is(messagesOf(transaction({ elements: [change] }))[1], bytes(message)));

test('a new generation: chains are there, emptied, and filled behind the elements', () => {
  const elements = [changes('self4', { added: [element(['10.0.0.1', '10.0.0.1'])] })];
  const messages = messagesOf(transaction({ chains: chains('gate', 'allow'), elements }));
  const types = messages.map((message) => Number.parseInt(message.slice(8, 10), 16));
  // Head, two new chains, two flushed, elements, two rules of gate, map and entries of allow, its three rules, end.
  assert.equal(types, [16, 3, 3, 8, 8, 12, 6, 6, 9, 12, 6, 6, 6, 17]);
  assert.is(
    messages[1],
    bytes(`
      30000000 030a0104 01000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 09000300 67617465 00000000`),
  );
  assert.is(
    messages[3],
    bytes(`
      30000000 080a0100 03000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 09000200 67617465 00000000`),
  );
});

test('rules and the map from TOS bits to priorities, as nft lists them', () => {
  const messages = messagesOf(transaction({ chains: chains('gate', 'allow') }));
  assert.is(
    messages[5],
    bytes(`
      fc000000 060a010c 05000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 09000200 67617465 00000000 cc000480 20000180 07000100 63740000
      14000280 08000200 00000003 08000100 00000001 4c000180 0c000100 62697477
      69736500 3c000280 08000100 00000001 08000200 00000001 08000600 00000000
      08000300 00000004 0c000480 08000100 0000f0ff 0c000580 08000100 00000000
      2c000180 08000100 636d7000 20000280 08000100 00000001 08000200 00000000
      0c000380 08000100 00001000 30000180 0e000100 696d6d65 64696174 65000000
      1c000280 08000100 00000000 10000280 0c000280 08000100 00000001`),
  );
  assert.is(
    messages[7],
    bytes(`
      84000000 090a0104 07000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 0c000200 5f5f6d61 70256400 08000300 0000000b 08000400 00000024
      08000500 00000001 08000600 00000017 08000700 00000004 08000a00 00000007
      0c000980 08000100 00000004 16000d00 00040200 00000104 01000000 06040000
      00000000`),
  );
  assert.is(
    messages[8],
    bytes(`
      ac000000 0c0a0104 08000000 00000000 01000000 0e000100 6b6e636f 6d70696c
      65000000 0c000200 5f5f6d61 70256400 08000400 00000007 74000380 1c000180
      0c000180 05000100 00000000 0c000280 08000100 00000000 1c000180 0c000180
      05000100 02000000 0c000280 08000100 02000000 1c000180 0c000180 05000100
      04000000 0c000280 08000100 06000000 1c000180 0c000180 05000100 06000000
      0c000280 08000100 04000000`),
  );
});

test('hostile comments are cut and made plain', () => {
  const message = (comment: string): string => {
    const added = [element(['10.0.0.1', '10.0.0.1'], undefined, comment)];
    return messagesOf(transaction({ elements: [changes('self4', { added })] }))[1] ?? '';
  };
  const attribute = (plain: string): string =>
    bytes(`0e000600 0008 ${Buffer.from(plain).toString('hex')} 00 0000`);
  assert.ok(message('a"\\\0 äb').endsWith(attribute('a??? ?b')), message('a"\\\0 äb'));
  assert.ok(message('x'.repeat(10_000)).endsWith(bytes(`${'78'.repeat(117)} 2e2e2e 00 00`)));
});

const frame = { hook: 'forward', priority: 0 } as const;
const [gate] = chains('gate');
const withRule = (...matches: Chain['rules'][number]['matches']): Chain => ({
  name: 'gate',
  hook: undefined,
  rules: [{ matches, statements: [{ kind: 'accept' }] }],
});
const UNKNOWN: Readonly<Record<string, Partial<Transaction>>> = {
  'nothing at all': {},
  'a set without changes': { elements: [changes('peers4', {})] },
  'a new set': { newSets: [shapeOf('peers4')] },
  'an old set': { oldSets: ['peers4'] },
  'an old chain': { oldChains: ['queued'] },
  'an emptied chain': { emptiedChains: ['input'] },
  'a base chain': { chains: [{ ...(gate as Chain), hook: frame }] },
  'a chain that judges': { chains: chains('ingress4') },
  'a chain that counts': { chains: chains('deny') },
  'several protocols': { chains: [withRule({ kind: 'l4proto', protocols: [6, 17] })] },
  'a rule that looks into a set': {
    chains: [withRule({ kind: 'in', family: 4, fields: ['saddr'], set: 'dns_clients4' })],
  },
  'ranges of addresses': {
    elements: [changes('pod_cidrs4', { added: [element([{ first: 0n, last: 255n }])] })],
  },
  'a set that is filled anew': { elements: [refilled('cidrs4')] },
  'elements with a time': { elements: [changes('learned4', { added: [element(['10.0.0.1'])] })] },
};

for (const [what, change] of Object.entries(UNKNOWN)) {
  const known = { elements: [changes('peers4', { removed: [element(['10.0.0.1'])] })] };
  const both = { ...known, ...change, elements: [...known.elements, ...(change.elements ?? [])] };
  test(`${what} is left to nft`, () => {
    assert.is(encodeTransaction(transaction(change)), undefined);
    if (!/nothing|without/.test(what)) assert.is(encodeTransaction(transaction(both)), undefined);
  });
}

test('a batch is no larger than the socket takes', () => {
  const encoded = (count: number) =>
    encodeTransaction(
      transaction({ elements: [changes('ingress_ports6', { added: cells(count, 'x'.repeat(120)) })] }),
    );
  const most = mostOf((count) => encoded(count) !== undefined);
  assert.is(encoded(most + 1), undefined);
  assert.ok((encoded(most)?.bytes.length ?? 0) <= LARGEST_BATCH);
  assert.ok((encoded(most)?.bytes.length ?? 0) > LARGEST_BATCH - 300);
  assert.ok(most > 500, `${most} cells`);
  assert.is(encoded(1_000_000), undefined);
});

test('every attribute is below 64 KiB', () => {
  const elements = [changes('ingress_ports6', { added: cells(590, 'x'.repeat(200)) })];
  const messages = messagesOf(transaction({ elements }));
  assert.ok(messages.length > 3);
  for (const message of messages) assert.ok(message.length / 2 < 0x1_0000);
});

test.run();
