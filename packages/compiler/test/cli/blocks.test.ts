import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFiles } from '../support/checkout.ts';
import { runHere } from '../support/in-process.ts';
import { node, pod } from './support.ts';

test('lines are in the order of `sort`, also where names hold arrows', async () => {
  const named = (name: string, address: string): string =>
    pod('x', address, 'n').replace('{name: x}', `{name: ${JSON.stringify(name)}}`);
  const names = [
    'a',
    'a[Pod] => default/b',
    'a[Pod] => default/b[Pod] : all connections',
    'b',
    'a[Pod]',
    'a!',
    'ab',
    'Z',
  ];
  const input = node('n') + names.map((name, at) => named(name, `10.0.0.${at + 1}`)).join('');
  const { stdout } = await withFiles({ 'in.yaml': input }, (folder) =>
    runHere(['list', '-f', 'in.yaml', '-o', 'text'], folder),
  );
  const lines = stdout.split('\n').slice(0, -1);
  assert.is(lines.length, names.length * (names.length - 1) + 2 * names.length);
  assert.equal(lines, [...lines].sort());
});

test.run();
