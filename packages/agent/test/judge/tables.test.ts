/** The tables of a queue worker, held against JavaScript's own. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LearnedTable } from '../../src/judge/learned-table.ts';
import { RangeTable } from '../../src/judge/range-table.ts';
import { partAt, RowCache } from '../../src/judge/row-cache.ts';
import { type KeyWords, WordTable } from '../../src/judge/word-table.ts';

const WORDS: readonly KeyWords[] = [1, 2, 4];

for (const words of WORDS)
  test(`keys of ${words} words: set, replaced and removed in any order, as in a Map`, () => {
    // Few keys, so that they are met again; of all signs, so that nothing hangs on it.
    const key = fc.array(fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 7), {
      minLength: words,
      maxLength: words,
    });
    const step = fc.tuple(key, fc.nat({ max: 3 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const table = new WordTable(words);
        const map = new Map<string, number>();
        for (const [parts, value] of steps) {
          table.set(Int32Array.from([99, ...parts]), 1, value);
          if (value === 0) map.delete(parts.join());
          else map.set(parts.join(), value);
          assert.is(table.size, map.size);
        }
        for (const [parts] of steps) assert.is(table.get(Int32Array.from(parts)), map.get(parts.join()) ?? 0);
      }),
    );
  });

test('a hundred thousand keys, half of them gone again', () => {
  const table = new WordTable(1);
  const key = new Int32Array(1);
  const at = (i: number): Int32Array => {
    key[0] = Math.imul(i, 0x9e37_79b1);
    return key;
  };
  for (let i = 1; i <= 100_000; i++) table.set(at(i), 0, i);
  for (let i = 1; i <= 100_000; i += 2) table.set(at(i), 0, 0);
  assert.is(table.size, 50_000);
  for (let i = 1; i <= 100_000; i++) assert.is(table.get(at(i)), i % 2 === 0 ? i : 0);
  table.clear();
  assert.equal([table.size, table.get(at(2))], [0, 0]);
});

test('ranges: the last one that begins at or before an address, counted without signs', () => {
  const four = new RangeTable(1);
  assert.is(four.get(Int32Array.of(5)), 0);
  four.load(Int32Array.of(0, 1, 0x0a00_0000, 2, 0x0a01_0000, 3, 0x8000_0000, 4, 0xffff_ffff, 5));
  const cases = [
    [0, 1],
    [0x09ff_ffff, 1],
    [0x0a00_0000, 2],
    [0x0a00_ffff, 2],
    [0x7fff_ffff, 3],
    [0x8000_0000, 4],
    [0xffff_fffe, 4],
    [0xffff_ffff, 5],
  ] as const;
  for (const [address, value] of cases)
    assert.is(four.get(Int32Array.of(address)), value, address.toString(16));
  const six = new RangeTable(4);
  six.load(Int32Array.of(0, 0, 0, 0, 1, 0xfd00_0000, 0, 0, 0, 2, 0xfd00_0000, 0, 0x8000_0000, 0, 3));
  assert.is(six.get(Int32Array.of(0xfcff_ffff, -1, -1, -1)), 1);
  assert.is(six.get(Int32Array.of(0xfd00_0000, 0, 0x7fff_ffff, -1)), 2);
  assert.is(six.get(Int32Array.of(0xfd00_0000, 0, 0x8000_0000, 0)), 3);
  assert.is(six.get(Int32Array.of(0xfe00_0000, 0, 0, 0)), 3);
});

test('learned addresses count for their time, and a flood of them is forgotten rather than kept', () => {
  let seconds = 1;
  const learned = new LearnedTable(1, () => seconds);
  learned.add(Int32Array.of(7));
  seconds = 20;
  assert.ok(learned.has(Int32Array.of(7)));
  seconds = 21;
  assert.not(learned.has(Int32Array.of(7)));
  learned.add(Int32Array.of(8));
  for (let i = 0; i < 5000; i++) learned.add(Int32Array.of(1000 + i));
  assert.not(learned.has(Int32Array.of(8)));
  assert.ok(learned.has(Int32Array.of(5999)));
});

test('rows: found by side and profile, searched by port, and forgotten together when they are too many', () => {
  const rows = new RowCache();
  const parts = Int32Array.of(79, 2, 0, 0, 80, 1, 1, 5, 196_608, 2, 0, 0);
  rows.put(1, 2, parts);
  assert.is(rows.get(1, 2), parts);
  assert.is(rows.get(2, 1), undefined);
  assert.equal(
    [0, 79, 80, 81, 196_608].map((point) => parts[partAt(parts, point) + 1]),
    [2, 2, 1, 2, 2],
  );
  for (let i = 0; i < 5; i++) rows.put(3, i + 1, new Int32Array(1 << 20));
  assert.is(rows.get(1, 2), undefined);
  assert.ok(rows.get(3, 5));
});

test.run();
