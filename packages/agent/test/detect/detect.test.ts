import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { detect, type KnownFacts } from '../../src/detect/detect.ts';
import { FINDINGS } from '../../src/detect/finding.ts';
import { hasIpvs } from '../../src/detect/ipvs.ts';
import type { NodeFiles } from '../../src/detect/node-files.ts';

const FINE: KnownFacts = {
  queueVia: 'nft',
  conntrack: true,
  marksConnections: true,
  markWriters: [],
  judgesIpvs: true,
  flowtables: '{"nftables": [{"metainfo": {}}]}',
};

/** A node with these files; folders follow from them. */
function node(files: Readonly<Record<string, string>>): NodeFiles {
  return {
    has: (path) => path in files,
    read: (path) => files[path],
    list: (path) => [
      ...new Set(
        Object.keys(files).flatMap((file) =>
          file.startsWith(`${path}/`) ? [file.slice(path.length + 1).split('/')[0] as string] : [],
        ),
      ),
    ],
  };
}

const NOTHING = node({});
const codes = (files: NodeFiles, facts: Partial<KnownFacts> = {}): readonly string[] =>
  detect(files, { ...FINE, ...facts }).map(({ code }) => code);
const messages = (files: NodeFiles, facts: Partial<KnownFacts> = {}): string =>
  detect(files, { ...FINE, ...facts })
    .map(({ message }) => message)
    .join('\n');

/** A bridge with ports, as /sys shows it. */
function bridge(
  name: string,
  ports: Readonly<Record<string, 'veth' | 'ethernet' | 'vlan'>>,
): Record<string, string> {
  const files: Record<string, string> = {
    [`/sys/class/net/${name}/bridge/nf_call_iptables`]: '0\n',
    [`/sys/class/net/${name}/bridge/nf_call_ip6tables`]: '0\n',
  };
  for (const [index, [port, kind]] of Object.entries(ports).entries()) {
    files[`/sys/class/net/${name}/brif/${port}/port_no`] = '0x1\n';
    files[`/sys/class/net/${port}/ifindex`] = `${index + 10}\n`;
    files[`/sys/class/net/${port}/iflink`] = kind === 'ethernet' ? `${index + 10}\n` : '2\n';
    files[`/sys/class/net/${port}/uevent`] = `${kind === 'vlan' ? 'DEVTYPE=vlan\n' : ''}INTERFACE=${port}\n`;
  }
  return files;
}

const POD_BRIDGE = bridge('cni0', { vetha: 'veth', vethb: 'veth' });
const SWITCHED_OFF = {
  '/proc/sys/net/bridge/bridge-nf-call-iptables': '0\n',
  '/proc/sys/net/bridge/bridge-nf-call-ip6tables': '0\n',
};
const SWITCHED_ON = {
  '/proc/sys/net/bridge/bridge-nf-call-iptables': '1\n',
  '/proc/sys/net/bridge/bridge-nf-call-ip6tables': '1\n',
};

test('a plain node has nothing to report', () => {
  assert.equal(codes(NOTHING), []);
});

test('bridged pods without br_netfilter: one finding per family, with the bridge', () => {
  assert.equal(codes(node(POD_BRIDGE)), ['bridge-without-netfilter', 'bridge-without-netfilter']);
  const said = messages(node(POD_BRIDGE));
  assert.match(said, /IPv4 .*br_netfilter is not loaded: cni0/);
  assert.match(said, /IPv6 .*br_netfilter is not loaded: cni0/);
});

test('br_netfilter loaded, and switched off for one family or both', () => {
  assert.match(messages(node({ ...POD_BRIDGE, ...SWITCHED_OFF })), /bridge-nf-call-iptables is 0: cni0/);
  const six = node({ ...POD_BRIDGE, ...SWITCHED_ON, '/proc/sys/net/bridge/bridge-nf-call-ip6tables': '0\n' });
  assert.equal(codes(six), ['bridge-without-netfilter']);
  assert.match(messages(six), /^IPv6 /);
  assert.equal(codes(node({ ...POD_BRIDGE, ...SWITCHED_ON })), []);
});

test('a bridge may have the switch of its own, which means nothing without the module', () => {
  const own = {
    '/sys/class/net/cni0/bridge/nf_call_iptables': '1\n',
    '/sys/class/net/cni0/bridge/nf_call_ip6tables': '1\n',
  };
  assert.equal(codes(node({ ...POD_BRIDGE, ...SWITCHED_OFF, ...own })), []);
  assert.is(codes(node({ ...POD_BRIDGE, ...own })).length, 2);
});

test('bridges without pods, or with a single port, carry nothing past us', () => {
  assert.equal(codes(node(bridge('br0', { eth0: 'ethernet', eth1: 'ethernet' }))), []);
  assert.equal(codes(node(bridge('br0', { eth0: 'ethernet', 'eth0.7': 'vlan' }))), []);
  assert.equal(codes(node(bridge('cni0', { vetha: 'veth' }))), []);
  assert.equal(codes(node(bridge('cni0', {}))), []);
  assert.is(codes(node(bridge('br0', { eth0: 'ethernet', vetha: 'veth' }))).length, 2);
});

test('flowtables of others, not of ours', () => {
  const flowtable = (family: string, table: string, name: string): object => ({
    flowtable: { family, table, name, handle: 1, hook: 'ingress', prio: 0, dev: ['eth0'] },
  });
  const listed = (...tables: readonly object[]): Partial<KnownFacts> => ({
    flowtables: JSON.stringify({ nftables: [{ metainfo: {} }, ...tables] }),
  });
  assert.equal(codes(NOTHING, listed(flowtable('inet', 'kncompile', 'ft'))), []);
  assert.equal(codes(NOTHING, listed(flowtable('ip', 'kncompile', 'ft'))), ['foreign-flowtable']);
  assert.match(
    messages(NOTHING, listed(flowtable('inet', 'fw4', 'ft'), flowtable('ip', 'x', 'y'))),
    /: inet fw4 ft, ip x y$/,
  );
  assert.equal(codes(NOTHING, { flowtables: undefined }), []);
  assert.equal(codes(NOTHING, { flowtables: '' }), []);
});

const HEADER = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;
const MASQUERADED = `${HEADER}TCP  0A600001:0050 rr  
  -> 0A000003:1F90      Masq    1      0          0         
  -> C0000201:1F90      Local   1      0          0         
`;
const DIRECT = `${MASQUERADED}UDP  0A600002:0035 rr  
  -> 0A000005:0035      Route   1      0          0         
  -> 0A000006:0035      Tunnel  1      0          0         
TCP  [fd96:0000:0000:0000:0000:0000:0000:0001]:0050 rr  
  -> [fd00:0000:0000:0000:0000:0000:0000:0003]:1F90      Masq    1      0          0         
`;

test('IPVS is there with its module, services or not', () => {
  assert.not(hasIpvs(NOTHING));
  assert.ok(hasIpvs(node({ '/proc/net/ip_vs': HEADER })));
});

test('IPVS that the ruleset does not know of', () => {
  assert.equal(codes(NOTHING, { judgesIpvs: false }), []);
  assert.equal(codes(node({ '/proc/net/ip_vs': HEADER }), { judgesIpvs: false }), ['ipvs-not-judged']);
});

test('IPVS as kube-proxy sets it up is judged', () => {
  const tracked = { '/proc/net/ip_vs': MASQUERADED, '/proc/sys/net/ipv4/vs/conntrack': '1\n' };
  assert.equal(codes(node(tracked)), []);
});

test('IPVS that does not masquerade, does not track, or meets a kernel without the queue statement', () => {
  assert.equal(codes(node({ '/proc/net/ip_vs': DIRECT })), ['ipvs-direct']);
  assert.match(messages(node({ '/proc/net/ip_vs': DIRECT })), /: UDP {2}0A600002:0035 rr$/);
  const untracked = { '/proc/sys/net/ipv4/vs/conntrack': '0\n' };
  assert.equal(codes(node({ '/proc/net/ip_vs': MASQUERADED, ...untracked })), ['ipvs-untracked']);
  assert.equal(codes(node({ '/proc/net/ip_vs': HEADER, ...untracked })), []);
  assert.equal(codes(node({ '/proc/net/ip_vs': HEADER }), { queueVia: 'mark' }), [
    'ipvs-without-queue-statement',
    'no-queue-statement',
  ]);
});

test('what the agent knows of the kernel', () => {
  assert.equal(codes(NOTHING, { queueVia: 'mark' }), ['no-queue-statement']);
  assert.equal(codes(NOTHING, { queueVia: 'none' }), ['no-queue']);
  assert.equal(codes(NOTHING, { marksConnections: false }), ['no-connection-marks']);
  assert.equal(codes(NOTHING, { marksConnections: undefined }), []);
  assert.equal(codes(NOTHING, { conntrack: false }), ['no-conntrack-netlink']);
  assert.equal(codes(NOTHING, { markWriters: ['ip mangle PREROUTING'] }), ['foreign-mark-writer']);
});

test('names of others are shown, few of many, and cannot break a line', () => {
  const writers = Array.from({ length: 12 }, (_, index) => `ip mangle a\n${index}`);
  const said = messages(NOTHING, { markWriters: writers });
  assert.match(said, / and 7 more$/);
  assert.not.match(said, '\n');
});

test('every code is documented, under its effect', () => {
  const text = readFileSync(new URL('../../../../docs/node.md', import.meta.url), 'utf8');
  const [unenforced = '', degraded = ''] = text.split('"effect":"degraded"');
  for (const [code, { effect }] of Object.entries(FINDINGS)) {
    const page = effect === 'unenforced' ? unenforced : degraded;
    assert.ok(page.includes(`| \`${code}\` |`), code);
  }
});

test('every finding says what can be done, and whether packets escape', () => {
  for (const each of detect(node({ ...POD_BRIDGE, '/proc/net/ip_vs': DIRECT }), {
    ...FINE,
    queueVia: 'none',
  })) {
    assert.is(each.effect, FINDINGS[each.code].effect);
    assert.ok(each.fix.length > 10 && each.message.length > 10, each.code);
  }
});

test.run();
