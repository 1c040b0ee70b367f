/** The two ways to the kernel's nftables, on the real one. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTable } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { connectKernel } from '../../src/kernel/connect.ts';
import {
  type Change,
  type Kernel,
  KernelError,
  type KernelErrorCode,
  textChange,
} from '../../src/kernel/kernel.ts';
import { SpawnedNft } from '../../src/kernel/spawned-nft.ts';
import { isInside } from './support/inside.ts';
import { nft } from './support/nft.ts';

const SPAWNED = new URL('../../src/kernel/spawned-nft.ts', import.meta.url).href;

const TABLE = 'add table inet kncompile\n';
const FILLED = `${TABLE}add set inet kncompile subjects_egress4 { type ipv4_addr; }
add element inet kncompile subjects_egress4 { 10.0.0.1, 10.0.0.2 }\n`;

const delta = (text: string): Change => textChange(text, 'delta');

if (isInside(import.meta.url)) {
  await addTests();
  test.run();
}

async function addTests(): Promise<void> {
  const { kernel: library, deltas } = await connectKernel();
  const kernels: Readonly<Record<string, Kernel>> = { 'a process': new SpawnedNft(), 'the library': library };
  test.before.each(() => nft('flush ruleset'));

  test('this machine has the library', () => assert.is(deltas, 'library'));

  for (const [how, kernel] of Object.entries(kernels)) {
    test(`through ${how} a text is carried out, and listed`, async () => {
      assert.is(await kernel.list(), undefined);
      await kernel.apply(delta(FILLED));
      const listing = (await kernel.list()) ?? '';
      assert.is(readTable(listing).sets.get('subjects_egress4')?.elements.size, 2);
    });

    test(`through ${how} a text that the kernel rejects changes nothing, and says why`, async () => {
      await kernel.apply(delta(FILLED));
      const before = await kernel.list();
      const text = `add element inet kncompile subjects_egress4 { 10.0.0.3 }
delete element inet kncompile subjects_egress4 { 10.9.9.9 }\n`;
      await rejects(kernel.apply(delta(text)), 'rejected', /No such file or directory\n.* element inet/);
      assert.is(await kernel.list(), before);
      // The words of one failure are not told again with the next.
      const second = await kernel.apply(delta('nonsense')).catch(String);
      assert.match(second ?? '', 'syntax error');
      assert.not.match(second ?? '', '10.9.9.9');
      await kernel.apply(delta('add element inet kncompile subjects_egress4 { 10.0.0.3 }'));
    });

    test(`through ${how} a hundred complaints make a short message`, async () => {
      await kernel.apply(delta(FILLED));
      const lines = Array.from({ length: 100 }, (_, i) => `delete chain inet kncompile no_such_chain_${i}`);
      const error = await kernel.apply(delta(lines.join('\n'))).catch((reason: unknown) => reason);
      assert.ok(error instanceof KernelError);
      assert.ok(error.message.length <= 1000, error.message);
    });
  }

  test('a text with a NUL character is rejected as a whole', async () => {
    await rejects(library.apply(delta(`${TABLE}\0flush ruleset`)), 'rejected', /NUL/);
    assert.is(await library.list(), undefined);
  });

  test('each commit counts one, whoever makes it, and a rejected text none', async () => {
    const number = (): number => library.commitNumber() ?? Number.NaN;
    const start = number();
    await library.apply(delta(FILLED));
    assert.is(number(), start + 1);
    await library.apply(textChange('add set inet kncompile self4 { type ipv4_addr . ipv4_addr; }', 'full'));
    assert.is(number(), start + 2);
    nft('add table ip stranger');
    assert.is(number(), start + 3);
    await library.apply(delta('nonsense')).catch(() => undefined);
    await library.apply(delta('delete element inet kncompile subjects_egress4 { 10.9.9.9 }')).catch(() => {});
    await library.list();
    assert.is(number(), start + 3);
  });

  test('ten thousand deltas through the library take no memory that they keep', async () => {
    await library.apply(delta(FILLED));
    const change = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        const verb = i % 2 ? 'delete' : 'add';
        await library.apply(delta(`${verb} element inet kncompile subjects_egress4 { 10.1.1.1 }`));
        await library.apply(delta(`delete element inet kncompile nowhere { ${i} }`)).catch(() => undefined);
      }
    };
    await change(2000);
    const before = process.memoryUsage.rss();
    await change(5000);
    const grown = (process.memoryUsage.rss() - before) / 1e6;
    assert.ok(grown < 20, `${grown.toFixed(1)} MB more`);
  });

  test('where nft is missing that is said', () => {
    const code = `
      const { SpawnedNft } = await import(${JSON.stringify(SPAWNED)});
      await new SpawnedNft().apply({ text: () => '' }).catch(({ code, message }) => console.log(code, message));`;
    // A path alone cannot hide it: it is looked for where Debian has it, too.
    const args = [
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs none /usr/sbin && exec "$@"',
      'sh',
      process.execPath,
    ];
    const { stdout, stderr } = spawnSync('unshare', [...args, '--input-type=module', '-e', code], {
      encoding: 'utf8',
    });
    assert.match(stdout, /^unavailable nft is not installed/, stderr);
  });

  test('nft that gives no answer is ended, with all that it started', async () => {
    await withPath('#!/bin/sh\n/bin/sleep 1000\n', async () => {
      const started = performance.now();
      await rejects(new SpawnedNft(200).apply(delta(TABLE)), 'timeout', /200 ms/);
      assert.ok(performance.now() - started < 5_000);
    });
  });

  test('nft that may not is told from nft that will not', async () => {
    await withPath('#!/bin/sh\necho "netlink: Error: Operation not permitted" >&2; exit 1\n', async () => {
      await rejects(new SpawnedNft().list(), 'unavailable', /CAP_NET_ADMIN/);
    });
  });
}

async function rejects(doing: Promise<unknown>, code: KernelErrorCode, words: RegExp): Promise<void> {
  const error = await doing.then(
    () => assert.unreachable('it was carried out'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KernelError)) throw error;
  assert.is(error.code, code);
  assert.match(error.message, words);
}

/** Puts a script in the place of nft. */
async function withPath(script: string, run: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-nft-'));
  const path = process.env['PATH'];
  const file = join(folder, 'nft');
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  process.env['PATH'] = folder;
  try {
    await run();
  } finally {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  }
}
