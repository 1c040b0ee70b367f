import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FAMILIES } from '../../src/values/address.ts';
import { Enforcer, LAB_OPTIONS } from '../support/lab/enforce.ts';
import { Lab } from '../support/lab/lab.ts';
import { readCluster, readPolicies } from '../support/lab/manifests.ts';
import type { Probe } from '../support/lab/protocol.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { ROUTER } from '../support/lab/topology.ts';
import { skip } from '../support/skip.ts';

// The judgement borrows the packet's priority and some bits of the conntrack mark: nobody else may notice.

/** They differ in the TOS bits 0x18, of which IPv4 routing makes the priority: 0, 2, 6, 4 and 4 (ip_tos2prio). */
const DSCPS: readonly number[] = [0, 2, 4, 6, 46];
const ROUTED_PRIORITIES: readonly number[] = [0, 2, 4, 6];

const POLICIES = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: out, namespace: shop }
spec: { podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: 80 }, { port: 80, protocol: UDP }] }] }
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: in, namespace: blog }
spec: { podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }, { ipBlock: { cidr: 192.0.2.0/24 } }] }] }
`;

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  const objects = [...readCluster(), ...readPolicies(POLICIES)];
  const connections: readonly Probe[] = [
    ['shop/web-0', 'blog/api'],
    ['shop/web-0', 'blog/cron'],
    ['shop/cart', 'partner'],
    ['partner', 'blog/api'],
    ['ops/prom', 'blog/cron'],
    ['ops/prom', 'ops/vault'],
  ].flatMap(([from = '', to = '']) =>
    FAMILIES.flatMap((family) =>
      (['TCP', 'UDP'] as const).map((protocol) => ({
        protocol,
        from: lab.endpoint(from).addresses[family],
        to: lab.endpoint(to).addresses[family],
        port: 80,
      })),
    ),
  );
  test.after(() => lab.close());

  test('every packet leaves with the priority that routing gave it', async () => {
    new Enforcer(lab).become(objects);
    watchPriorities(lab);
    for (const dscp of DSCPS) {
      for (const site of senders(lab)) lab.exec(site, 'nft', ['-f', '-'], sendWith(dscp));
      await lab.probe(connections);
    }
    for (const site of senders(lab)) lab.exec(site, 'nft', ['flush', 'ruleset']);
    const counts = countersOf(lab);
    assert.is(counts.get('changed'), 0);
    for (const priority of ROUTED_PRIORITIES) {
      assert.ok(
        (counts.get(`kept${priority}`) ?? 0) > 20,
        `priority ${priority} was hardly seen: ${[...counts]}`,
      );
    }
  });

  test('the bits of the conntrack mark that are not ours stay as others set them', async () => {
    const enforcer = new Enforcer(lab);
    lab.nft(`table inet lab { chain prerouting {
      type filter hook prerouting priority mangle;
      ct state new ct mark set 0x0005beef
    }; }`);
    const closed = readPolicies(POLICIES.replace('port: 80 },', 'port: 81 },'));
    enforcer.become(objects);
    const first = await lab.probe(connections);
    // The next generation stamps the connections that are still open once more.
    enforcer.become([...readCluster(), ...closed]);
    await lab.probe(connections);
    assert.ok(first.includes('open'));
    const marks = [...lab.exec(ROUTER, 'conntrack', ['-L']).matchAll(/ mark=(\d+)/g)].map(([, mark]) =>
      Number(mark),
    );
    const mask = LAB_OPTIONS.markMask;
    assert.ok(
      marks.some((mark) => (mark & mask) !== 0),
      'no connection was stamped',
    );
    assert.equal(new Set(marks.map((mark) => (mark & ~mask) >>> 0)), new Set([0x0005beef]));
  });
}

function senders(lab: Lab): readonly string[] {
  return [...new Set(lab.endpoints.map(({ site }) => site))].filter((site) => site !== ROUTER);
}

function sendWith(dscp: number): string {
  return `flush ruleset
table inet lab { chain output { type route hook output priority mangle; ip dscp set ${dscp}; ip6 dscp set ${dscp}; }; }`;
}

/** Notes the priority in the packet mark just before our hook, and compares just behind it. */
function watchPriorities(lab: Lab): void {
  lab.nft(`table inet lab {
  counter changed { }
${ROUTED_PRIORITIES.map((value) => `  counter kept${value} { }`).join('\n')}
  chain before {
    type filter hook forward priority mangle - 2;
    meta mark set meta priority map { ${ROUTED_PRIORITIES.map((value) => `0:${value} : ${value + 1}`).join(', ')} }
  }
  chain behind {
    type filter hook forward priority mangle;
${ROUTED_PRIORITIES.map((value) => `    meta mark ${value + 1} meta priority 0:${value} counter name kept${value} return`).join('\n')}
    counter name changed
  }
}`);
}

function countersOf(lab: Lab): ReadonlyMap<string, number> {
  interface Listed {
    readonly counter?: { readonly name: string; readonly packets: number };
  }
  const { nftables } = JSON.parse(
    lab.exec(ROUTER, 'nft', ['-j', 'list', 'counters', 'table', 'inet', 'lab']),
  ) as {
    nftables: readonly Listed[];
  };
  return new Map(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
}
