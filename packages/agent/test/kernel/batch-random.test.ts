/** Random transactions as batches of ours and as nft's own, on two kernels: the tables are equal after each. */
import {
  ALL_SHAPES,
  applyTransaction,
  type CompileOptions,
  Compiler,
  compile,
  DEFAULT_OPTIONS,
  type Element,
  type ElementChanges,
  elementKey,
  idOf,
  type KeyPart,
  printReplacement,
  type Ruleset,
  type SetShape,
  type Transaction,
} from '@kncompile/compiler';
import { describeObjects } from '@kncompile/compiler/test/property/describe.ts';
import { LOCAL_NODE } from '@kncompile/compiler/test/property/generate/alphabet.ts';
import { type History, happen, history, worldOf } from '@kncompile/compiler/test/property/generate/events.ts';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { transactionChange } from '../../src/kernel/kernel.ts';
import { chains, element, stamped, transaction } from '../nftables/support.ts';
import { CLUSTER, OPTIONS } from '../reconcile/support.ts';
import { isInside } from './support/inside.ts';
import { randomNumbers } from './support/random.ts';
import {
  addOther,
  aside,
  both,
  openBatches,
  removeOther,
  tableAside,
  tableHere,
} from './support/two-kernels.ts';

const CASES = Number(process.env['KNCOMPILE_CASES'] ?? 2000);
const HISTORIES = CASES / 50;
const TRANSACTIONS = CASES / 5;

const MASKS = [0xfff0_0000, 0xff00, 1, 0x8000_0000, 0xffff_ffff] as const;

/**
 * Ranges that share no port: a cell has one verdict. None of one port: those are cells of other sets, and nft 1.0.6 cannot
 * delete them from these.
 */
const PORT_RANGES = [
  { first: 0, last: 1 },
  { first: 2, last: 79 },
  { first: 80, last: 255 },
  { first: 256, last: 65535 },
];
const ENCODED = ALL_SHAPES.filter(
  ({ timed, interval, fields }) => !timed && !(interval && fields.length === 1),
);

const GENERATION = chains('gate', 'allow');

if (isInside(import.meta.url)) {
  await addTests();
  test.run();
}

async function addTests(): Promise<void> {
  const { kernel, passedOn } = await openBatches();
  test.before(addOther);
  test.after(removeOther);
  test.before.each(() => both('flush ruleset'));

  /** Carries a transaction out in both ways; returns whether ours was a batch. */
  async function assertAlike(change: Transaction, story: string): Promise<boolean> {
    const passed = passedOn.length;
    const asked = transactionChange(change, 'delta');
    await kernel.apply(asked);
    aside(asked.text());
    assert.is(tableHere(), tableAside(), story);
    return passedOn.length === passed;
  }

  test('random histories of clusters, under random masks', async () => {
    let batches = 0;
    const cases = fc.record({
      history,
      markMask: fc.constantFrom(...MASKS),
    });
    const property = fc.asyncProperty(cases, async ({ history: happening, markMask }) => {
      both('flush ruleset');
      const options = { ...DEFAULT_OPTIONS, markMask, node: LOCAL_NODE, queueVia: 'mark' } as const;
      for (const change of transactionsOf(happening, options))
        if (await assertAlike(change, `mask ${markMask}`)) batches++;
    });
    await fc.assert(property, {
      numRuns: HISTORIES,
      unbiased: true,
      reporter: (details) => {
        if (!details.failed) return;
        const [{ history: happening } = { history: { start: [], batches: [] } }] =
          details.counterexample ?? [];
        throw new Error(
          `seed ${details.seed}\n${describeObjects(happening.start)}\n${JSON.stringify(happening.batches)}\n${details.errorInstance}`,
        );
      },
    });
    console.log(`${batches} transactions as batches, ${passedOn.length} by nft`);
    // Of one history or two all may be new sets.
    assert.ok(batches > 0 || HISTORIES < 10);
  });

  test('random elements of every set, and new generations', async () => {
    const seed = Number(process.env['KNCOMPILE_SEED'] ?? Date.now() % 2 ** 31);
    const random = randomNumbers(seed);
    const sets = ALL_SHAPES.map((shape) => [shape.name, { shape, elements: new Map() }] as const);
    let held: Ruleset = { ...compile(CLUSTER, OPTIONS).ruleset, sets: new Map(sets) };
    both(printReplacement(held));
    for (let i = 0; i < TRANSACTIONS; i++) {
      const change = randomTransaction(held, random);
      held = applyTransaction(held, change);
      assert.ok(await assertAlike(change, `transaction ${i}, seed ${seed}`), 'a batch');
    }
  });
}

/** Adds and takes elements here and there, and now and then moves to another generation. */
function randomTransaction({ sets }: Ruleset, random: (below: number) => number): Transaction {
  const elements = ENCODED.filter(() => random(3) === 0).map((shape): ElementChanges => {
    const present = sets.get(shape.name)?.elements ?? new Map<string, Element>();
    const removed = [...present.values()].filter(() => random(3) === 0);
    const kept = new Set(
      [...present.keys()].filter((key) => !removed.some((each) => elementKey(each.key) === key)),
    );
    const added = Array.from({ length: random(6) }, () => randomElement(shape, random));
    const fresh = new Map(added.map((each) => [elementKey(each.key), each]));
    return {
      set: shape,
      removed,
      added: [...fresh].filter(([key]) => !kept.has(key)).map(([, each]) => each),
      refilled: false,
    };
  });
  const mask = MASKS[random(MASKS.length)] as number;
  const moved = stamped(GENERATION, mask, (mask & random(2 ** 32)) >>> 0);
  return transaction({ elements, chains: elements.length === 0 || random(3) === 0 ? moved : [] });
}

function randomElement(shape: SetShape, random: (below: number) => number): Element {
  const one = <T>(values: readonly T[]): T => values[random(values.length)] as T;
  const key = shape.fields.map((field): KeyPart | string => {
    if (field === 'class') return one([0x1_0000, 0x1_0001, 0x100_0000, 0xffff_fffe, 0x100_00ab]);
    if (field === 'address')
      return one(
        shape.family === 4
          ? ['0.0.0.0', '10.0.0.1', '255.255.255.255']
          : ['::', 'fd00::1:2', '::ffff:1.2.3.4'],
      );
    if (field === 'protocol') return one([1, 6, 17, 58, 132, 255]);
    return shape.interval ? one(PORT_RANGES) : one([0, 1, 80, 65535]);
  });
  const comment = one([
    undefined,
    '',
    'NetworkPolicy shop/db rule 1',
    'a "b\\c\0 \u00e4 # ;',
    'x'.repeat(500),
  ]);
  return element(key, shape.value && one([1, 2, 3, 0x100_00ab, 0xffff_fffe]), comment);
}

/** Every transaction of a history that changes anything. */
function* transactionsOf({ start, batches }: History, options: CompileOptions): Iterable<Transaction> {
  const compiler = new Compiler(options);
  const world = worldOf(start);
  for (const object of start) compiler.set(object);
  for (const batch of [[], ...batches]) {
    for (const event of batch) {
      const result = happen(world, event);
      if (result && 'gone' in result) compiler.delete(idOf(result.gone));
      else if (result) compiler.set(result.set);
    }
    const change = compiler.commit();
    if (transactionChange(change, 'delta').text() !== '') yield change;
  }
}
