/** Which DNS messages pass the judge (S37): those of pods with rules about names, and no others. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compile } from '../../src/compiler/compile.ts';
import { DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { parseObject } from '../../src/objects/parse.ts';
import { type Packet, simulate } from '../../src/ruleset/simulate.ts';
import type { Address } from '../../src/values/address.ts';

const [CLIENT, OTHER] = ['10.0.0.1', '10.0.0.2'] as Address[] as [Address, Address];
const [RESOLVER, ON_NODE] = ['192.0.2.53', '169.254.20.10'] as Address[] as [Address, Address];

const pod = (name: string, ip: Address) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: name } },
  spec: { nodeName: 'a' },
  status: { phase: 'Running', podIPs: [{ ip }] },
});

const OBJECTS = [
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'a' },
    spec: { podCIDRs: ['10.0.0.0/24'] },
    status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
  },
  pod('client', CLIENT),
  pod('other', OTHER),
  {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'by-name' },
    spec: {
      priority: 1,
      subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'client' } } } },
      egress: [
        { action: 'Allow', to: [{ networks: [`${RESOLVER}/32`, `${ON_NODE}/32`] }] },
        {
          action: 'Allow',
          to: [{ domainNames: ['example.com'] }],
          ports: [{ portNumber: { protocol: 'TCP', port: 443 } }],
        },
        { action: 'Deny', to: [{ networks: ['0.0.0.0/0'] }] },
      ],
    },
  },
].map((raw) => parseObject(raw).object as ModelObject);

const { ruleset } = compile(OBJECTS, { ...DEFAULT_OPTIONS, node: 'a' });

type Way = Pick<Packet, 'hook' | 'state' | 'direction'>;
const FIRST: Way = { hook: 'forward', state: 'new', direction: 'original' };
const BACK: Way = { hook: 'forward', state: 'established', direction: 'reply' };

const outcome = (
  [source, sourcePort]: readonly [Address, number],
  [destination, destinationPort]: readonly [Address, number],
  way: Way,
  protocol = 17,
) => simulate(ruleset, { source, sourcePort, destination, destinationPort, protocol, ctMark: 0, ...way });

const UNTRACKED = { state: 'untracked', direction: 'original' } as const;

for (const [what, hook, server] of [
  ['through the node', 'forward', RESOLVER],
  ['at the node', 'input', ON_NODE],
] as const)
  for (const protocol of [17, 6])
    for (const state of ['new', 'established', 'untracked'] as const)
      test(`a question ${what}, protocol ${protocol}, ${state}: queued for replies`, () => {
        const way = { hook, state, direction: 'original' } as const;
        const { verdict, queues } = outcome([CLIENT, 40_000], [server, 53], way, protocol);
        assert.equal([verdict, queues], ['queue', DEFAULT_OPTIONS.queues.reply]);
      });

for (const [what, server, way] of [
  ['through the node', RESOLVER, BACK],
  ['of the node', ON_NODE, { ...BACK, hook: 'output' }],
  ['of a cache on the node that conntrack does not see', ON_NODE, { ...UNTRACKED, hook: 'output' }],
] as const)
  test(`an answer ${what}: queued for replies`, () => {
    const { verdict, queues } = outcome([server, 53], [CLIENT, 40_000], way);
    assert.equal([verdict, queues], ['queue', DEFAULT_OPTIONS.queues.reply]);
  });

test('DNS of a pod without such rules is not queued', () => {
  for (const way of [FIRST, { ...FIRST, hook: 'input' }, { ...UNTRACKED, hook: 'forward' }] as const)
    assert.is(outcome([OTHER, 40_000], [RESOLVER, 53], way).verdict, 'accept');
  for (const way of [BACK, { ...BACK, hook: 'output' }, { ...UNTRACKED, hook: 'output' }] as const)
    assert.is(outcome([RESOLVER, 53], [OTHER, 40_000], way).verdict, 'accept');
});

test('what is no DNS is not queued, nor what a pod answers from its port 53', () => {
  assert.is(outcome([CLIENT, 40_000], [RESOLVER, 80], FIRST).verdict, 'accept');
  assert.is(outcome([CLIENT, 40_000], [RESOLVER, 53], FIRST, 132).verdict, 'accept');
  assert.is(outcome([CLIENT, 80], [RESOLVER, 53], BACK).verdict, 'accept');
  assert.is(outcome([RESOLVER, 53], [CLIENT, 80], FIRST).verdict, 'accept');
});

test('a resolver that the pod may not ask is not asked', () => {
  const stranger = '198.51.100.53' as Address;
  assert.is(outcome([CLIENT, 40_000], [stranger, 53], FIRST).verdict, 'drop');
  assert.is(outcome([CLIENT, 40_000], [stranger, 53], { ...FIRST, state: 'untracked' }).verdict, 'drop');
});

test.run();
