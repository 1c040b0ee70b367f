/** Flowtables and IPVS on Debian's kernel, which has them. */
import { missingForQemu, runInQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const LOOK = new URL('../detect/support/look.ts', import.meta.url).pathname;

const SCRIPT = `set -e
look() { "$NODE" '${LOOK}'; }
nft add table inet kncompile
ipvsadm -A -t 10.96.0.1:80 -s rr
ipvsadm -a -t 10.96.0.1:80 -r 10.0.0.3:8080 -m
echo 1 > /proc/sys/net/ipv4/vs/conntrack
look
nft -f - <<'RULES'
table inet firewall {
  flowtable fast { hook ingress priority 0; devices = { lo }; }
  chain forward { type filter hook forward priority 0; meta l4proto tcp flow add @fast; }
}
RULES
ipvsadm -A -u 10.96.0.2:53 -s rr
ipvsadm -a -u 10.96.0.2:53 -r 10.0.0.4:53 -g
echo 0 > /proc/sys/net/ipv4/vs/conntrack
look
`;

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('what the kernel shows of flowtables and IPVS is understood', async () => {
    const modules = ['ip_vs', 'ip_vs_rr', 'nf_flow_table', 'nf_flow_table_inet', 'nft_flow_offload'];
    const { code, output } = await runInQemu(SCRIPT, { modules });
    assert.is(code, 0, output);
    const [before, after] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(before, { ipvs: true, seen: [] });
    assert.ok(after.ipvs);
    const said = new Map<string, string>(after.seen);
    assert.equal([...said.keys()], ['foreign-flowtable', 'ipvs-direct', 'ipvs-untracked']);
    assert.match(said.get('foreign-flowtable') ?? '', /: inet firewall fast$/);
    assert.match(said.get('ipvs-direct') ?? '', /: UDP {2}0A600002:0035 rr$/);
  });
}
