/** What the kernel says to batches of ours: it refuses what it refuses nft, and takes as much as we send. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commitNumberReader } from '../../src/kernel/commit-number.ts';
import { loadFfi } from '../../src/kernel/ffi.ts';
import { KernelError, transactionChange } from '../../src/kernel/kernel.ts';
import { encodeTransaction, LARGEST_BATCH } from '../../src/kernel/nftables/batch.ts';
import { cells, chains, changes, element, mostOf, transaction } from '../nftables/support.ts';
import { isInside } from './support/inside.ts';
import { nft } from './support/nft.ts';
import {
  addOther,
  aside,
  both,
  openBatches,
  removeOther,
  run,
  runAside,
  tableAside,
  tableHere,
} from './support/two-kernels.ts';

const source = (name: string): string => new URL(`../../src/kernel/${name}.ts`, import.meta.url).href;

const PEER = element(['10.0.0.1'], 0x100_0000, undefined);
const CELL = element([0x100_0000, '10.0.0.1', 6, 80], 1);
const HELD = `add table inet kncompile
add map inet kncompile peers4 { type ipv4_addr : classid; }
add map inet kncompile ingress_ports4 { typeof meta priority . ip daddr . meta l4proto . th dport : meta priority; }
add map inet kncompile ingress_ranges4 { typeof meta priority . ip daddr . meta l4proto . th dport : meta priority; flags interval; }
add element inet kncompile peers4 { 10.0.0.1 : 100:0 }
add element inet kncompile ingress_ports4 { 100:0 . 10.0.0.1 . tcp . 80 : 0:1 }
add element inet kncompile ingress_ranges4 { 100:0 . 10.0.0.1 . tcp . 80-90 : 0:1 }
`;

/** Transactions that change something, and something that cannot be. */
const REFUSED = [
  {
    what: 'an element of a set that is missing',
    change: transaction({
      elements: [
        changes('peers4', { removed: [PEER] }),
        changes('self4', { added: [element(['10.0.0.1', '10.0.0.1'])] }),
      ],
    }),
    words: /^ENOENT: .*\nadd element inet kncompile self4/,
  },
  {
    what: 'the deletion of an element that is missing, behind one that is there',
    change: transaction({
      elements: [
        changes('ingress_ports4', {
          removed: [CELL, element([0x100_0000, '10.0.0.1', 17, 80])],
          added: [element([0x100_0000, '10.0.0.9', 6, 80], 1, 'new')],
        }),
      ],
    }),
    words:
      /^ENOENT: .*\ndelete element inet kncompile ingress_ports4 \{ 100:0 \. 10\.0\.0\.1 \. udp \. 80 \}$/,
  },
  {
    what: 'the deletion of a range that is missing',
    change: transaction({
      elements: [
        changes('peers4', { removed: [PEER] }),
        changes('ingress_ranges4', {
          removed: [element([0x100_0000, '10.0.0.1', 6, { first: 91, last: 95 }])],
        }),
      ],
    }),
    words:
      /^ENOENT: .*\ndelete element inet kncompile ingress_ranges4 \{ 100:0 \. 10\.0\.0\.1 \. tcp \. 91-95 \}$/,
  },
  {
    what: 'a range that overlaps',
    change: transaction({
      elements: [
        changes('peers4', { removed: [PEER] }),
        changes('ingress_ranges4', {
          added: [element([0x100_0000, '10.0.0.1', 6, { first: 85, last: 95 }], 2)],
        }),
      ],
    }),
    words: /^EEXIST: /,
  },
  {
    what: 'another value for an element that is there',
    change: transaction({ elements: [changes('peers4', { added: [element(['10.0.0.1'], 0x100_0001)] })] }),
    words: /^E(EXIST|BUSY): .*\nadd element inet kncompile peers4 \{ 10\.0\.0\.1 \}$/,
  },
] as const;

if (isInside(import.meta.url)) {
  await addTests();
  test.run();
}

async function addTests(): Promise<void> {
  const { kernel, passedOn } = await openBatches();
  test.before(addOther);
  test.after(removeOther);
  test.before.each(() => both('flush ruleset'));

  for (const { what, change, words } of REFUSED)
    test(`${what}: refused as a whole, as nft is`, async () => {
      both(HELD);
      const before = tableHere();
      const refused = transactionChange(change, 'delta');
      const passed = passedOn.length;
      const error = await kernel.apply(refused).catch((reason: unknown) => reason);
      if (!(error instanceof KernelError)) throw error ?? new Error('it was carried out');
      assert.is(error.code, 'rejected');
      assert.match(error.message, words);
      assert.is(passedOn.length, passed);
      assert.is(runAside(refused.text()).status, 1, 'nft refuses it, too');
      assert.is(tableHere(), before);
      assert.is(tableAside(), before);
    });

  test('an element that is there already, with the same value, is no error', async () => {
    both(HELD);
    const change = transactionChange(
      transaction({ elements: [changes('peers4', { added: [PEER] })] }),
      'delta',
    );
    await kernel.apply(change);
    aside(change.text());
    assert.is(tableHere(), tableAside());
  });

  test('a batch that is to follow another commit does nothing', async () => {
    nft(HELD);
    const ffi = await loadFfi();
    const number = (ffi && commitNumberReader(ffi)) ?? (() => undefined);
    const last = number() ?? 0;
    const change = transactionChange(
      transaction({ elements: [changes('peers4', { removed: [PEER] })] }),
      'delta',
    );
    const before = tableHere();
    for (const wrong of [last - 1, last + 1]) assert.is(await kernel.applyNext(change, wrong), false);
    assert.is(tableHere(), before);
    assert.is(number(), last);
    assert.is(await kernel.applyNext(change, last), true);
    assert.is(number(), last + 1);
    assert.not.match(tableHere(), '10.0.0.1 : 100:0');
  });

  test('without a table nothing succeeds', async () => {
    const change = transactionChange(transaction({ chains: chains('gate', 'allow') }), 'delta');
    const error = await kernel.apply(change).catch((reason: unknown) => reason);
    assert.match(String(error), /ENOENT/);
    assert.is(tableHere(), '');
  });

  test('the largest batch goes through the socket, and what is larger through nft', async () => {
    const change = (count: number) =>
      transaction({ elements: [changes('ingress_ports4', { added: cells(count, 'x'.repeat(120)) })] });
    const most = mostOf((count) => encodeTransaction(change(count)) !== undefined);
    for (const [count, others] of [
      [most, 0],
      [most + 1, 1],
    ] as const) {
      nft(HELD);
      const passed = passedOn.length;
      const started = performance.now();
      await kernel.apply(transactionChange(change(count), 'delta'));
      const ms = performance.now() - started;
      assert.is(passedOn.length - passed, others);
      assert.is(
        run('nft', ['list', 'map', 'inet', 'kncompile', 'ingress_ports4']).match(/comment/g)?.length,
        count,
      );
      console.log(`${count} cells, of ${LARGEST_BATCH} bytes at most: ${ms.toFixed(1)} ms`);
      nft('delete table inet kncompile');
    }
  });

  test('who may not is told so', () => {
    nft(HELD);
    const code = `
      const { BatchNft } = await import(${JSON.stringify(source('batch-nft'))});
      const { loadFfi } = await import(${JSON.stringify(source('ffi'))});
      const { transactionChange } = await import(${JSON.stringify(source('kernel'))});
      const kernel = BatchNft.open(await loadFfi(), undefined);
      const change = transactionChange(JSON.parse(process.argv[1]), 'delta');
      await kernel.apply(change).catch(({ code, message }) => console.log(code, message));`;
    const change = transaction({ elements: [changes('peers4', { removed: [PEER] })] });
    const args = ['--bounding-set', '-net_admin', '--inh-caps', '-net_admin', process.execPath];
    assert.match(
      run('setpriv', [...args, '--input-type=module', '-e', code, JSON.stringify(change)]),
      /^unavailable EPERM/,
    );
  });
}
