import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { runNode } from '../support/subprocess.ts';

const START = join(CHECKOUT, 'packages/compiler/src/cli/main.mjs');

/** With a cache of its own, whatever this process uses. */
const version = (home: string, env: Readonly<Record<string, string>> = {}) =>
  runWith(home, ['--version'], env);

const runWith = (home: string, words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runNode([START, ...words], {
    env: {
      NODE_COMPILE_CACHE: undefined,
      NODE_DISABLE_COMPILE_CACHE: undefined,
      XDG_CACHE_HOME: home,
      ...env,
    },
  });

test('compiled code is kept in a folder that is made for it', async () => {
  await withFiles({ 'home/x': '' }, async (folder) => {
    const home = join(folder, 'home');
    const first = await version(home);
    assert.ok(readdirSync(join(home, 'kncompile')).length > 0);
    assert.equal(await version(home), first);
    assert.is(first.code, 0);
    assert.is(first.stderr, '');
  });
});

test('code that is compiled for a short run is kept apart from the other', async () => {
  await withFiles({ 'home/x': '' }, async (folder) => {
    const home = join(folder, 'home');
    await version(home);
    const words = ['explain', 'shop/web-0', 'data/orders-0:5432', '-f', join(CHECKOUT, 'fixtures/shop')];
    const explained = await runWith(home, words);
    assert.is(explained.code, 0);
    // V8 says there that it knows no such flag.
    assert.is(explained.stderr, '');
    assert.is(readdirSync(join(home, 'kncompile')).length, 2);
  });
});

test('what others can write to is not run', async () => {
  await withFiles({ 'home/x': '' }, async (folder) => {
    const cache = join(folder, 'home/kncompile');
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    assert.is((await version(join(folder, 'home'))).code, 0);
    assert.equal(readdirSync(cache), []);
  });
});

test('without a place for it everything works', async () => {
  await withFiles({ file: '' }, async (folder) => {
    const home = join(folder, 'file');
    assert.is((await version(home)).code, 0);
    const off = await version(folder, { NODE_DISABLE_COMPILE_CACHE: '1' });
    assert.is(off.code, 0);
    assert.not.ok(existsSync(join(folder, 'kncompile')) && readdirSync(join(folder, 'kncompile')).length > 0);
  });
});

test.run();
