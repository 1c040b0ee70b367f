import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { skip } from '../support/skip.ts';

/** The queue statement, which many kernels cannot do; with it the files are checked in QEMU. */
const QUEUE = /\bqueue flags \S+ to [0-9-]+|\bqueue to [0-9-]+/g;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  const files = globSync('fixtures/*/ruleset.nft', { cwd: CHECKOUT }).sort();

  for (const file of files) {
    test(`nft -c accepts ${file}`, () => {
      const text = readFileSync(join(CHECKOUT, file), 'utf8').replace(QUEUE, 'drop');
      const { status, stderr } = spawnSync('unshare', ['-n', 'nft', '-c', '-f', '-'], {
        input: text,
        encoding: 'utf8',
      });
      assert.is(status, 0, stderr);
    });
  }
}
