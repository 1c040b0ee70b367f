/** Nodes whose service traffic goes through IPVS: from the hook input to the hook output, past forward. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { Compiler } from '../../src/compiler/compiler.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import { printRuleset, printTransaction } from '../../src/nft/print.ts';
import { readTable } from '../../src/nft/read.ts';
import { applyTransaction, EMPTY_RULESET, isEmpty } from '../../src/ruleset/diff.ts';
import type { Ruleset } from '../../src/ruleset/ir.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import type { Address } from '../../src/values/address.ts';
import { parsed } from '../support/policy-manifest.ts';

const [CLIENT, STRANGER, SERVER, NODE, SERVICE] = [
  '10.0.0.1',
  '10.0.0.2',
  '10.0.0.3',
  '192.0.2.1',
  '10.96.0.1',
] as Address[] as [Address, Address, Address, Address, Address];

const OBJECTS = [
  pod('client', CLIENT),
  pod('stranger', STRANGER),
  pod('server', SERVER),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'server', namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app: 'server' } },
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }], ports: [{ port: 8080 }] }],
    },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'pods-only', namespace: 'shop' },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{ to: [{ podSelector: {} }] }] },
  },
].map(parsed);

const NODE_OBJECT = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a' },
  spec: { podCIDRs: ['10.0.0.0/24'] },
  status: { addresses: [] },
};

function pod(name: string, ip: Address): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'shop', labels: { app: name } },
    spec: { nodeName: 'a', containers: [] },
    status: { phase: 'Running', podIPs: [{ ip }], hostIP: NODE },
  };
}

const OPTIONS = { ...DEFAULT_OPTIONS, node: 'a', ipvs: true };
const ruleset = compile(OBJECTS, OPTIONS).ruleset;

function packet(
  hook: Packet['hook'],
  source: Address,
  destination: Address,
  more: Partial<Packet> = {},
): Packet {
  return {
    hook,
    source,
    destination,
    protocol: 6,
    sourcePort: 40000,
    destinationPort: 8080,
    state: 'new',
    direction: 'original',
    ctMark: 0,
    ...more,
  };
}

function outcome(...args: Parameters<typeof packet>): string {
  const { verdict, ctMark } = simulate(ruleset, packet(...args));
  return `${verdict}${ctMark === 0 ? '' : ', stamped'}`;
}

test('what IPVS forwards is judged in output, by the addresses of pods', () => {
  assert.is(outcome('output', CLIENT, SERVER), 'accept, stamped');
  assert.is(outcome('output', STRANGER, SERVER), 'drop');
  assert.is(outcome('output', CLIENT, SERVER, { destinationPort: 80 }), 'drop');
  assert.is(outcome('output', '198.51.100.1' as Address, SERVER), 'drop');
  assert.is(outcome('output', CLIENT, '198.51.100.1' as Address), 'drop');
  assert.is(outcome('output', SERVER, SERVER), 'accept, stamped');
});

test('an accepted connection is judged once, and its replies are none of their own', () => {
  const ctMark = simulate(ruleset, packet('output', CLIENT, SERVER)).ctMark;
  assert.is(
    simulate(ruleset, packet('output', CLIENT, SERVER, { state: 'established', ctMark })).rulesPassed,
    3,
  );
  const back = {
    state: 'established',
    direction: 'reply',
    sourcePort: 8080,
    destinationPort: 40000,
  } as const;
  assert.is(outcome('forward', SERVER, CLIENT, back), 'accept, stamped');
  assert.is(outcome('forward', SERVER, STRANGER, back), 'drop');
});

test('what the node itself sends is not judged (S41)', () => {
  assert.is(outcome('output', NODE, SERVER, { localSocket: true, localSource: true }), 'accept');
  // Its kernel: resets, ICMP errors, tunnels.
  assert.is(outcome('output', NODE, SERVER, { localSource: true }), 'accept');
  // A proxy that borrows its client's address.
  assert.is(outcome('output', STRANGER, SERVER, { localSocket: true }), 'accept');
  assert.is(simulate(ruleset, packet('output', NODE, SERVER, { localSocket: true })).rulesPassed, 1);
});

test('related errors pass output, and neighbour discovery', () => {
  assert.is(outcome('output', STRANGER, SERVER, { state: 'related', protocol: 1 }), 'accept');
  const discovery = { protocol: 58, icmpType: 135 };
  assert.is(outcome('output', 'fe80::1' as Address, 'ff02::1' as Address, discovery), 'accept');
});

test('a pod to its own node is judged behind IPVS, where no service traffic comes', () => {
  assert.is(outcome('input', CLIENT, NODE), 'drop');
  const input = ruleset.chains.filter(({ hook }) => hook?.hook === 'input');
  assert.equal(
    input.map(({ hook }) => hook?.priority),
    [100],
  );
});

test('without IPVS the node’s own packets meet no rule', () => {
  const plain = compile(OBJECTS, { ...OPTIONS, ipvs: false }).ruleset;
  assert.equal(baseChains(plain), ['forward', 'input']);
  assert.is(simulate(plain, packet('output', NODE, SERVICE)).rulesPassed, 0);
});

test('where packets are queued by a mark, nothing that IPVS passes on may rely on it', () => {
  for (const [failOpen, verdict] of [
    [false, 'drop'],
    [true, 'accept'],
  ] as const) {
    const marked = compile([parsed(NODE_OBJECT), ...OBJECTS], {
      ...OPTIONS,
      queueVia: 'mark',
      failOpen,
    }).ruleset;
    const unknown = '10.0.0.99' as Address;
    for (const hook of ['output', 'input', 'forward'] as const) {
      const seen = simulate(marked, packet(hook, unknown, hook === 'input' ? NODE : SERVER));
      assert.equal([seen.verdict, seen.packetMark], [verdict, 0], hook);
    }
  }
});

test('the text: hooks, priorities and the two matches', () => {
  const text = printRuleset(ruleset);
  assert.match(text, 'type filter hook input priority 100; policy accept;');
  assert.match(
    text,
    /type filter hook output priority mangle - 1; policy accept;\n\t\tmeta skuid >= 0 accept\n\t\tjump gate\n\t\tfib saddr type local accept\n/,
  );
});

test('IPVS that comes and goes: base chains stay, old ones without rules, and every connection is judged anew', () => {
  const compiler = new Compiler({ ...OPTIONS, ipvs: false });
  for (const object of OBJECTS) compiler.set(object);
  let held: Ruleset = applyTransaction(EMPTY_RULESET, compiler.commit());
  for (const [ipvs, chains, emptied] of [
    [true, ['forward', 'late_input', 'output'], ['input']],
    [false, ['forward', 'input'], ['late_input', 'output']],
  ] as const) {
    compiler.useIpvs(ipvs);
    const transaction = compiler.commit();
    held = applyTransaction(held, transaction);
    assert.equal(held, compiler.ruleset());
    assert.equal(baseChains(held), chains);
    assert.equal(transaction.emptiedChains, emptied);
    const text = printTransaction(transaction);
    for (const name of emptied) assert.match(text, `flush chain inet kncompile ${name}\n`);
    assert.not.match(text, /delete chain inet kncompile (forward|input|late_input|output)\n/);
    assert.is(transaction.generation, ipvs ? 2 : 3);
    compiler.useIpvs(ipvs);
    assert.ok(isEmpty(compiler.commit()));
  }
});

test('a base chain without rules is read as none', () => {
  const chain = (name: string): object => ({
    chain: { family: 'inet', table: 'kncompile', name, hook: 'output', type: 'filter', prio: 0 },
  });
  const rule = { rule: { family: 'inet', table: 'kncompile', chain: 'used', expr: [{ accept: null }] } };
  const listing = JSON.stringify({ nftables: [chain('used'), chain('left'), rule] });
  assert.equal(
    readTable(listing).chains.map(({ name }) => name),
    ['used'],
  );
});

function baseChains({ chains }: Ruleset): readonly string[] {
  return chains
    .filter(({ hook }) => hook)
    .map(({ name }) => name)
    .sort();
}

test.run();
