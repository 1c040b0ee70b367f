import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { runHere } from '../support/in-process.ts';
import { run, runNode } from '../support/subprocess.ts';
import { kncompile } from './support.ts';

const SHOP = 'fixtures/shop';

const DEAD_SERVER = JSON.stringify({
  'current-context': 'c',
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
});

test('-w replaces a file as a whole, keeps its mode, and follows a link', async () => {
  await withFiles({ 'old.json': 'old', link: '' }, async (folder) => {
    chmodSync(join(folder, 'old.json'), 0o640);
    symlinkSync('old.json', join(folder, 'to-old'));
    const { code, stdout } = await runHere(['record', '-f', SHOP, '-w', join(folder, 'to-old')]);
    assert.is(code, 0);
    assert.is(stdout, '');
    assert.is(JSON.parse(readFileSync(join(folder, 'old.json'), 'utf8')).kind, 'List');
    assert.is(statSync(join(folder, 'old.json')).mode & 0o777, 0o640);
    assert.equal(readdirSync(folder).sort(), ['link', 'old.json', 'to-old']);
  });
});

test('a file that cannot be written is one message, and leaves nothing behind', async () => {
  await withFiles({ plain: 'x' }, async (folder) => {
    for (const [path, reason] of [
      ['no/such/folder.json', 'its folder does not exist'],
      ['plain/below.json', 'its folder is no folder'],
      ['.', 'it is a directory'],
    ] as const) {
      const { code, stdout, stderr } = await runHere(
        ['record', '-f', join(CHECKOUT, SHOP), '-w', path],
        folder,
      );
      assert.is(code, 2);
      assert.is(stdout, '');
      assert.ok(stderr.endsWith(`kncompile: cannot write ${path}: ${reason}\n`), stderr);
    }
    assert.equal(readdirSync(folder), ['plain']);
  });
});

test('a full disk is one message and exit code 2, for a device and for stdout', async () => {
  assert.ok(existsSync('/dev/full'));
  const { code, stderr } = await kncompile(['record', '-f', SHOP, '-w', '/dev/full']);
  assert.is(code, 2);
  assert.match(stderr, 'cannot write /dev/full: no space left on the device');
  const command = `"${process.execPath}" "${MAIN}" record -f ${SHOP} > /dev/full`;
  assert.is((await run('bash', ['-c', command], { cwd: CHECKOUT })).code, 2);
});

test('an input that cannot be read writes no file', async () => {
  await withFiles({ old: 'old' }, async (folder) => {
    const { code } = await runNode([MAIN, 'record', '-f', 'nowhere', '-w', 'old'], { cwd: folder });
    assert.is(code, 2);
    assert.is(readFileSync(join(folder, 'old'), 'utf8'), 'old');
    writeFileSync(join(folder, 'config'), DEAD_SERVER);
    const live = await runHere(['record', '--kubeconfig', 'config', '-w', 'old'], folder);
    assert.is(live.code, 2);
    assert.is(readFileSync(join(folder, 'old'), 'utf8'), 'old');
  });
});

test.run();
