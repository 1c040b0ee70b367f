/** Two pods on a bridge, as some network plugins have them: whether what is found is what happens to their packets. */
import { spawnSync } from 'node:child_process';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const LOOK = new URL('../support/look.ts', import.meta.url).pathname;
const SITES = ['node', 'one', 'two'] as const;
type Site = (typeof SITES)[number];

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests();
test.run();

function addTests(): void {
  test.before(() => {
    for (const site of SITES) run('ip', 'netns', 'add', name(site));
    on('node', 'ip link add cni0 type bridge');
    on('node', 'ip addr add 10.0.0.254/24 dev cni0 && ip link set cni0 up');
    for (const [index, pod] of (['one', 'two'] as const).entries()) {
      on('node', `ip link add ${pod} type veth peer name eth0 netns ${name(pod)}`);
      on('node', `ip link set ${pod} master cni0 up`);
      on(pod, `ip addr add 10.0.0.${index + 1}/24 dev eth0 && ip link set eth0 up`);
    }
    on('node', 'nft add table inet t && nft add chain inet t f "{ type filter hook forward priority 0; }"');
    on('node', 'nft add rule inet t f ip saddr 10.0.0.1 ip daddr 10.0.0.2 counter');
  });
  test.after(() => {
    for (const site of SITES) spawnSync('ip', ['netns', 'del', name(site)]);
  });

  for (const [switched, met, codes] of [
    [0, 0, ['bridge-without-netfilter', 'bridge-without-netfilter']],
    [1, 3, []],
  ] as const)
    test(`bridge-nf-call-* ${switched}: ${met} of 3 packets meet forward`, () => {
      for (const family of ['iptables', 'ip6tables'])
        on('node', `echo ${switched} > /proc/sys/net/bridge/bridge-nf-call-${family}`);
      on('one', 'ping -c 3 -i 0.05 -W 5 10.0.0.2');
      assert.match(on('node', 'nft list chain inet t f'), `packets ${met} `);
      const { seen } = look();
      assert.equal(
        seen.map(([code]) => code),
        codes,
      );
      for (const [, message] of seen) assert.match(message, /: cni0$/);
    });
}

function look(): { readonly seen: readonly (readonly [code: string, message: string])[] } {
  return JSON.parse(run('ip', 'netns', 'exec', name('node'), process.execPath, LOOK));
}

/** The process's number makes leftovers of a killed run tell-tale. */
function name(site: Site): string {
  return `kn${process.pid}-bridge-${site}`;
}

function on(site: Site, line: string): string {
  return run('ip', 'netns', 'exec', name(site), 'sh', '-ec', line);
}

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}
