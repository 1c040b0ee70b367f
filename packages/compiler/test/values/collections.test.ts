import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addTo, compareText, getOrMake, removeFrom } from '../../src/values/collections.ts';

test('text is ordered by code unit, never by locale (S6)', () => {
  const names = ['b', 'a', 'B', 'ä', 'Z', 'a-', 'a1', 'a', '\u{1f600}', '\uff5e'];
  assert.equal([...names].sort(compareText), [
    'B',
    'Z',
    'a',
    'a',
    'a-',
    'a1',
    'b',
    'ä',
    '\u{1f600}',
    '\uff5e',
  ]);
  assert.is(compareText('same', 'same'), 0);
});

test('a value is made once, and a stored zero counts as one', () => {
  const map = new Map([['zero', 0]]);
  assert.is(
    getOrMake(map, 'zero', () => 7),
    0,
  );
  assert.is(
    getOrMake(map, 'new', () => 7),
    7,
  );
  assert.is(
    getOrMake(map, 'new', () => 8),
    7,
  );
});

test('an index holds no key without values', () => {
  const index = new Map<string, Set<number>>();
  addTo(index, 'a', 1);
  addTo(index, 'a', 2);
  addTo(index, 'a', 2);
  addTo(index, 'b', 1);
  removeFrom(index, 'a', 3);
  removeFrom(index, 'c', 1);
  removeFrom(index, 'a', 2);
  assert.equal(
    index,
    new Map([
      ['a', new Set([1])],
      ['b', new Set([1])],
    ]),
  );
  removeFrom(index, 'a', 1);
  removeFrom(index, 'a', 1);
  assert.equal([...index.keys()], ['b']);
});

test.run();
