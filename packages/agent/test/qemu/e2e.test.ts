/** The whole agent on Debian's kernel, which queues by nft's own statement: traffic, an update, a kill, and the clock. */
import { missingForQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runAgentInQemu } from '../support/qemu/agent-guest.ts';

const GUEST = new URL('./e2e-guest/', import.meta.url);
const MODULES = ['nft_limit', 'nfnetlink_log', 'nft_fib_inet', 'nf_defrag_ipv4', 'nf_defrag_ipv6'];

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('install, traffic, late pods, kill, restart, both datapaths, an update, and jumps of the clock', async () => {
    const started = performance.now();
    const script = new URL('agent-guest.sh', GUEST);
    const { code, output } = await runAgentInQemu(script, { GUEST: GUEST.pathname }, MODULES);
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
