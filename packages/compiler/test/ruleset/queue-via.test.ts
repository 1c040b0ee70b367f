/** How an unresolved packet leaves the ruleset, by what the kernel can do. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { parseObject } from '../../src/objects/parse.ts';
import { simulate } from '../../src/ruleset/simulate.ts';
import type { Address } from '../../src/values/address.ts';

const OBJECTS = [
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a' },
    spec: { podCIDRs: ['10.0.0.0/24'] },
    status: { addresses: [] },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'closed', namespace: 'shop' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  },
].map((raw) => parseObject(raw).object as ModelObject);

/** To an address of this node's pods that nobody knows. */
const PACKET = {
  hook: 'forward',
  source: '192.0.2.1' as Address,
  destination: '10.0.0.9' as Address,
  protocol: 6,
  sourcePort: 40000,
  destinationPort: 80,
  state: 'new',
  direction: 'original',
  ctMark: 0,
} as const;

for (const [queueVia, failOpen, verdict] of [
  ['nft', false, 'queue'],
  ['nft', true, 'queue'],
  ['mark', false, 'accept'],
  ['none', false, 'drop'],
  ['none', true, 'accept'],
] as const)
  test(`${queueVia}${failOpen ? ', fail-open' : ''}: ${verdict}`, () => {
    const options = { ...DEFAULT_OPTIONS, node: 'a', queueVia, failOpen };
    const outcome = simulate(compile(OBJECTS, options).ruleset, PACKET);
    assert.is(outcome.verdict, verdict);
    assert.is(outcome.packetMark, queueVia === 'mark' ? options.queueMark : 0);
  });

for (const [queueVia, failOpen, guards] of [
  ['mark', false, ['unqueued_forward', 'unqueued_input']],
  ['mark', true, []],
  ['nft', false, []],
] as const)
  test(`${queueVia}${failOpen ? ', fail-open' : ''}: ${guards.length} chains drop what bears the mark behind xtables' rules`, () => {
    const { chains } = compile(OBJECTS, { ...DEFAULT_OPTIONS, node: 'a', queueVia, failOpen }).ruleset;
    const found = chains.filter(({ name }) => name.startsWith('unqueued_'));
    assert.equal(
      found.map(({ name }) => name),
      guards,
    );
    for (const { hook, rules } of found) {
      assert.ok((hook?.priority ?? 0) > 150, 'behind the table security, also that of iptables-nft');
      assert.equal(
        rules.map(({ matches, statements }) => [matches[0], statements.at(-1)]),
        [[{ kind: 'packet-mark', bits: DEFAULT_OPTIONS.queueMark }, { kind: 'drop' }]],
      );
    }
  });

const NAMES: ModelObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'client', namespace: 'shop' },
    spec: { nodeName: 'a' },
    status: { podIPs: [{ ip: '10.0.0.1' }], phase: 'Running' },
  },
  {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'names' },
    spec: {
      tier: 'Admin',
      priority: 1,
      subject: { pods: { podSelector: {} } },
      egress: [{ action: 'Accept', to: [{ domainNames: ['example.com'] }] }],
    },
  },
].map((raw) => parseObject(raw).object as ModelObject);

/** A DNS question of a pod with rules about names. */
const QUESTION = {
  ...PACKET,
  source: '10.0.0.1' as Address,
  destination: '192.0.2.53' as Address,
  protocol: 17,
  destinationPort: 53,
};

for (const datapath of ['kernel', 'queue'] as const)
  for (const [queueVia, failOpen, passes] of [
    ['nft', false, datapath === 'kernel'],
    ['nft', true, true],
    ['mark', false, datapath === 'kernel'],
    ['none', false, datapath === 'kernel'],
    ['none', true, true],
  ] as const)
    test(`datapath ${datapath}, ${queueVia}${failOpen ? ', fail-open' : ''}: with nobody listening a DNS question ${passes ? 'passes' : 'does not'}`, () => {
      const options = { ...DEFAULT_OPTIONS, node: 'a', queueVia, failOpen, datapath };
      const { ruleset } = compile([...OBJECTS, ...NAMES], options);
      const outcome = simulate(ruleset, QUESTION);
      if (queueVia === 'none') return assert.is(outcome.verdict, passes ? 'accept' : 'drop');
      if (queueVia === 'mark') {
        const dns = passes ? options.dnsMark : options.unjudgedDnsMark;
        return assert.is(outcome.packetMark, options.queueMark | dns);
      }
      assert.equal([outcome.verdict, outcome.queues], ['queue', options.queues.reply]);
      const chain = ruleset.chains.find(
        ({ name }) => name === (datapath === 'kernel' ? 'dns' : 'unjudged_dns'),
      );
      const last = chain?.rules.at(-1)?.statements[0];
      assert.equal(last, { kind: 'queue', queues: options.queues.reply, bypass: passes });
    });

test('a connection that was there before is not stamped on its way to the judge: a denial would not take that off', () => {
  const { ruleset } = compile([...OBJECTS, ...NAMES], { ...DEFAULT_OPTIONS, node: 'a', datapath: 'queue' });
  const oneWay = { ...PACKET, destination: '10.0.0.1' as Address, protocol: 17 };
  const before = 0x7;
  const first = simulate(ruleset, { ...oneWay, ctMark: before });
  assert.is(first.verdict, 'queue');
  assert.is.not(first.ctMark, before);
  const later = simulate(ruleset, { ...oneWay, ctMark: before, isConfirmed: true });
  assert.equal([later.verdict, later.ctMark], ['queue', before]);
});

test.run();
