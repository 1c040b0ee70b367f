/** The whole agent on Debian's kernel, where IPVS is loaded after it has started. */
import { missingForQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runAgentInQemu } from '../support/qemu/agent-guest.ts';

const GUEST = new URL('./ipvs-guest.sh', import.meta.url);
const CLUSTER = new URL('./ipvs-cluster', import.meta.url).pathname;
const MODULES = [
  'dummy',
  'nft_fib_inet',
  'nf_nat',
  'nf_defrag_ipv4',
  'nf_defrag_ipv6',
  'nft_limit',
  'nfnetlink_log',
];

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('service traffic is judged when IPVS comes, after an update, without the agent, and by the next one', async () => {
    const { code, output } = await runAgentInQemu(GUEST, { CLUSTER }, MODULES);
    assert.is(code, 0, output);
    const both = (when: string, allowed: 'client' | 'stranger'): readonly string[] =>
      ['client', 'stranger'].map(
        (who) => `${who} to the service ${when}: ${who === allowed ? 'passes' : 'blocked'}`,
      );
    assert.equal(output.trim().split('\n'), [
      ...both('when IPVS came', 'client'),
      'nothing escapes',
      ...both('when the policy had changed', 'stranger'),
      ...both('with the agent killed', 'stranger'),
      '"table":"adopted"',
      ...both('with the next agent', 'stranger'),
    ]);
  });
}
