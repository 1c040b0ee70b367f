import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { frozenList } from '../../src/values/collections.ts';
import { NameTable } from '../../src/values/name-table.ts';
import { SharePool } from '../../src/values/share-pool.ts';

test('equal keys get one object, and what is asked for stays while others come and go', () => {
  const pool = new SharePool<object>(10);
  const hot = pool.get('hot', () => ({}));
  const cold = pool.get('cold', () => ({}));
  for (let i = 0; i < 100; i++) {
    assert.is(
      pool.get('hot', () => ({})),
      hot,
    );
    pool.get(`other ${i}`, () => ({}));
  }
  assert.is.not(
    pool.get('cold', () => ({})),
    cold,
  );
});

test('a list is copied, frozen and the same as before; empty ones are one', () => {
  const grown: number[] = [];
  for (let i = 0; i < 5; i++) grown.push(i);
  const list = frozenList(grown);
  assert.equal(list, [0, 1, 2, 3, 4]);
  assert.ok(Object.isFrozen(list));
  grown.push(5);
  assert.is(list.length, 5);
  assert.is(frozenList([]), frozenList([]));
});

test('a table of names counts what it holds, and forgets namespaces that are empty', () => {
  const table = new NameTable<number>();
  table.set('a', 'x', 1);
  table.set('a', 'x', 2);
  table.set('a', 'y', 3);
  table.set('', 'x', 4);
  assert.is(table.size, 3);
  assert.is(table.get('a', 'x'), 2);
  assert.is(table.get('b', 'x'), undefined);
  assert.equal([...table.inNamespace('a')], [2, 3]);
  assert.equal([...table.inNamespace('b')], []);
  assert.equal([...table.values()], [2, 3, 4]);
  assert.not(table.delete('a', 'z'));
  assert.not(table.delete('b', 'x'));
  assert.ok(table.delete('a', 'x'));
  assert.ok(table.delete('a', 'y'));
  assert.equal([...table.namespaces()], ['']);
  assert.not(table.has('a'));
  assert.is(table.size, 1);
});

test.run();
