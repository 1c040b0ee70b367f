/** domainNames (S37) on Debian's kernel, which queues DNS messages by nft's own statement. */
import { spawnSync } from 'node:child_process';
import { missingForQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { runAgentInQemu } from '../support/qemu/agent-guest.ts';

const GUEST = new URL('./names-guest.sh', import.meta.url);
const CLUSTER = new URL('./names-cluster', import.meta.url).pathname;
const MODULES = ['nft_fib_inet', 'nf_defrag_ipv4', 'nf_defrag_ipv6', 'nft_limit', 'nfnetlink_log'];

const missing =
  missingForQemu() ?? (spawnSync('dnsmasq', ['--version']).error ? 'dnsmasq is missing' : undefined);
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('S37: what a pod is told opens its first connection, and stays when the agent goes', async () => {
    const { code, output } = await runAgentInQemu(GUEST, { CLUSTER }, MODULES);
    assert.is(code, 0, output);
    const both = (who: string, what: string, outcome: 'passes' | 'blocked'): readonly string[] =>
      [4, 6].map((family) => `${who} to ${what}, IPv${family}: ${outcome}`);
    assert.equal(output.trim().split('\n'), [
      'the kernel queues DNS messages by itself',
      ...both('client', 'api before it asks', 'blocked'),
      'other.example.com is 198.51.100.23 2001:db8:2::23',
      'short.example.com is 198.51.100.22 2001:db8:2::22',
      'api.example.com is 198.51.100.20 2001:db8:2::20',
      ...both('client', 'api', 'passes'),
      'the kernel let them through from the first packet',
      'four addresses were learned',
      ...both('client', 'other', 'blocked'),
      ...both('client', 'short after its time', 'blocked'),
      ...both('silent', 'api', 'blocked'),
      'deep.wild.example.com is 198.51.100.21 2001:db8:2::21',
      ...both('client', 'api with the agent killed', 'passes'),
      ...both('client', 'wild with the agent killed', 'blocked'),
      ...both('silent', 'api with the agent killed', 'blocked'),
      '"table":"adopted"',
      ...both('client', 'api with the next agent', 'passes'),
      'the kernel let them through from the first packet',
      'deep.wild.example.com is 198.51.100.21 2001:db8:2::21',
      ...both('client', 'wild', 'passes'),
    ]);
  });
}
