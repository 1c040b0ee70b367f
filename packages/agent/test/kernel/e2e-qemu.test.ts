/** The whole agent on Debian's kernel, which queues by nft's own statement: traffic, an update, a kill, and the clock. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { missingForQemu, runInQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bundle } from '../../scripts/bundle.ts';

const GUEST = new URL('./guest', import.meta.url).pathname;
const SCRIPTS = [
  new URL(import.meta.resolve('@kncompile/compiler/test/support/qemu/ipvs-node.sh')).pathname,
  `${GUEST}/agent-guest.sh`,
];
const MODULES = ['nft_limit', 'nfnetlink_log', 'nft_fib_inet', 'nf_defrag_ipv4', 'nf_defrag_ipv6'];

/** Four minutes on a machine that has ten times too much to do. */
const LIMIT_MS = 400_000;

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('install, traffic, late pods, kill, restart, both datapaths, an update, and jumps of the clock', async () => {
    const started = performance.now();
    const agent = await bundled();
    const script = [
      'set -e',
      `NODE='${process.execPath}'`,
      `AGENT='${agent}/agent.js'`,
      `GUEST='${GUEST}'`,
      ...SCRIPTS.map((file) => readFileSync(file, 'utf8')),
    ].join('\n');
    const { code, output } = await runInQemu(script, { modules: MODULES, limitMs: LIMIT_MS });
    rmSync(agent, { recursive: true });
    assert.is(code, 0, output);
    const both = (who: string, when: string, outcome: string): readonly string[] =>
      [4, 6].map((family) => `${who} to ${when}, IPv${family}: ${outcome}`);
    const clientOnly = (when: string): readonly string[] => [
      ...both('client', when, 'passes'),
      ...both('stranger', when, 'blocked'),
    ];
    assert.equal(output.trim().split('\n'), [
      'the kernel queues by itself',
      ...clientOnly('with the agent'),
      ...both('late', 'told of late', 'passes'),
      ...clientOnly('with the agent killed'),
      '"table":"adopted"',
      ...clientOnly('with the queue'),
      'no line is missing',
      ...both('client', 'ten years later', 'blocked'),
      ...both('stranger', 'ten years later', 'passes'),
      'the lasting connection is cut',
      ...both('client', 'long ago', 'passes'),
      'ready',
      'queued, dropped 0',
      'failed commits 0, drifts 0',
    ]);
    console.log(`in the machine for ${((performance.now() - started) / 1000).toFixed(0)} s`);
  });
}

/** A folder with the bundle: in the machine, which is slow, it starts in half the time. Within the package, where ffi-rs is found. */
async function bundled(): Promise<string> {
  const dist = join(import.meta.dirname, '../../dist');
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, 'qemu-test-'));
  await bundle(folder);
  return folder;
}
