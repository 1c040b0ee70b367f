import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { README, realReadme } from '../support/readme.ts';

test('the output that the README shows is real', async () => {
  const text = readFileSync(README, 'utf8');
  assert.match(text, '```console\n$ pnpm -s kncompile');
  assert.fixture(text, await realReadme(), '`pnpm goldens` rewrites it');
});

test('the paths that the READMEs link to exist', () => {
  for (const folder of ['.', 'packages/compiler', 'packages/nfq-ffi', 'packages/agent']) {
    const text = readFileSync(join(CHECKOUT, folder, 'README.md'), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)\)/g)) {
      assert.ok(
        existsSync(join(CHECKOUT, folder, target as string)),
        `${folder}/README.md links to ${target}`,
      );
    }
  }
});

test.run();
