import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { docsPages, realPage } from '../support/docs.ts';

for (const page of docsPages()) {
  test(`${page}: what it shows is real, and its links lead somewhere`, async () => {
    const text = readFileSync(join(CHECKOUT, page), 'utf8');
    assert.fixture(text, await realPage(page), '`pnpm goldens` rewrites it');
    for (const [, target] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(CHECKOUT, dirname(page), target as string)), `it links to ${target}`);
    }
  });
}

test.run();
