import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GENERATED } from '../../scripts/docs.ts';
import { FLAGS } from '../../src/config/flags.ts';
import { METRICS } from '../../src/report/metric-table.ts';

const DOCS = new URL('../../../../docs/', import.meta.url);

for (const [file, make] of Object.entries(GENERATED))
  test(`docs/${file} follows from the tables`, () => {
    assert.is(readFileSync(new URL(file, DOCS), 'utf8'), make());
  });

test('every flag and metric has its line, and no cell breaks the table', () => {
  const pages = Object.values(GENERATED).map((make) => make());
  const text = pages.join('\n');
  for (const { name } of Object.values(FLAGS)) assert.ok(text.includes(`\`--${name}`), name);
  for (const { name } of Object.values(METRICS)) assert.ok(text.includes(`\`${name}\``), name);
  for (const rows of text.matchAll(/(?:^\|.*\|\n)+/gm)) {
    const columns = rows[0]
      .trim()
      .split('\n')
      .map((row) => row.split(/(?<!\\)\|/).length);
    assert.is(new Set(columns).size, 1, rows[0]);
  }
});

test.run();
