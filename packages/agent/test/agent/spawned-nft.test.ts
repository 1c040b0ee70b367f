/** What nft answers, and what it should not: a program of that name in front of the real one. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { SpawnedNft } from '../../src/kernel/spawned-nft.ts';

const EMPTY = '{"nftables": []}\n';

/** Runs with an nft that prints this and ends well. */
async function withNft(output: string, use: (nft: SpawnedNft) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-test-'));
  const path = process.env['PATH'];
  try {
    writeFileSync(join(folder, 'output'), output);
    writeFileSync(join(folder, 'nft'), `#!/bin/sh\ncat '${folder}/output'\n`);
    chmodSync(join(folder, 'nft'), 0o755);
    process.env['PATH'] = `${folder}:${path}`;
    await use(new SpawnedNft());
  } finally {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  }
}

test('a listing is handed on as it is', () =>
  withNft(EMPTY, async (nft) => {
    assert.is(await nft.listAll(), EMPTY);
    assert.is(await nft.list(), EMPTY);
  }));

for (const [what, output] of [
  ['that breaks off', '{"nftables": [{"table": {"family": "inet", "name": "firewalld", "flags": '],
  ['without a word', ''],
] as const)
  test(`a listing ${what} is an error of the kernel's, which a check survives`, () =>
    withNft(output, async (nft) => {
      for (const list of [() => nft.listAll(), () => nft.list()]) {
        const error = await list().then(
          () => undefined,
          (reason: Error) => reason,
        );
        assert.is(error?.name, 'KernelError');
        assert.match(error?.message ?? '', /breaks off its listing after \d+ characters/);
      }
    }));

test.run();
