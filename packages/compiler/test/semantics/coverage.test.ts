/** Every clause of semantics.md has a test here. */
import { globSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/** The clauses that there are: the numbers have gaps. */
const CLAUSES = [
  [1, 28],
  [30, 37],
  [40, 47],
  [50, 51],
].flatMap(([first = 0, last = 0]) => Array.from({ length: last - first + 1 }, (_, i) => `S${first + i}`));

const folder = new URL('.', import.meta.url).pathname;
const tested = globSync(`${folder}*.test.ts`).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^\s*(?:clause|judged)\(\s*'(S\d+)',/gm)].map(
    ([, number]) => number ?? '',
  ),
);

for (const number of CLAUSES) test(`${number} has a test`, () => assert.ok(tested.includes(number)));

test('no test is about a clause that does not exist', () =>
  assert.equal(
    tested.filter((number) => !CLAUSES.includes(number)),
    [],
  ));

test.run();
