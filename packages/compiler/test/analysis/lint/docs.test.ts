/** Each rule has a page with an example that it finds, and a mended one that it does not find. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LINT_RULES } from '../../../src/analysis/lint/registry.ts';
import { CHECKOUT } from '../../support/checkout.ts';
import { runHere } from '../../support/in-process.ts';
import { lintYaml } from './support.ts';

const DOCS = join(CHECKOUT, 'docs');
const textOf = (page: string): string => readFileSync(join(DOCS, page), 'utf8');

for (const { id, finds, severity } of LINT_RULES) {
  test(`docs/lint/${id}.md`, async () => {
    const page = textOf(`lint/${id}.md`);
    assert.is(plain(page).split('\n')[2], finds);
    assert.match(page, new RegExp(`\\*\\*Severity:\\*\\* ${severity}\\b`));
    assert.equal(
      [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title),
      ['Why it matters', 'Example', 'Fix'],
    );
    const [example, mended, ...others] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(
      ([, yaml]) => yaml ?? '',
    );
    assert.is(others.length, 0);
    const hits = (await lintYaml(example ?? '')).filter(({ rule }) => rule === id);
    assert.ok(hits.length > 0, 'the example is found');
    assert.is(hits[0]?.severity, severity);
    const left = await lintYaml(mended ?? '');
    assert.equal(
      left.filter(({ rule }) => rule === id),
      [],
      'the mended example is not found',
    );
  });
}

test('docs/lint.md lists every rule, and there is no page of another one', () => {
  const rows = LINT_RULES.map(
    ({ id, severity, finds }) => `| [${id}](lint/${id}.md) | ${severity} | ${finds} |`,
  );
  const table = plain(textOf('lint.md'))
    .split('\n')
    .filter((line) => line.startsWith('| ['));
  assert.equal(table, rows);
  assert.equal(readdirSync(join(DOCS, 'lint')).sort(), LINT_RULES.map(({ id }) => `${id}.md`).sort());
});

test('docs/lint.md shows what the command prints, and its links lead somewhere', async () => {
  const page = textOf('lint.md');
  const shown = /```console\n\$ kncompile (.*)\n(.*?)```/s.exec(page);
  const { stdout } = await runHere((shown?.[1] ?? '').split(' '));
  assert.fixture(shown?.[2] ?? '', stdout);
  for (const [, link] of page.matchAll(/\]\(([^)#]+)\)/g))
    assert.ok(existsSync(join(DOCS, link as string)), link);
});

/** Without the marks of code. */
function plain(markdown: string): string {
  return markdown.replaceAll('`', '');
}

test.run();
