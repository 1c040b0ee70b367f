/** Owners, pods from templates, and made-up addresses. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { DEFAULT_POD_CIDRS, giveAddresses } from '../../src/cluster/addresses.ts';
import { completePods, MAX_PODS_PER_WORKLOAD } from '../../src/cluster/workloads.ts';
import type { Node, Pod } from '../../src/model/types.ts';
import { readObject } from '../../src/objects/parse.ts';
import type { Workload } from '../../src/objects/workload.ts';
import { type Address, addressValue, familyOf } from '../../src/values/address.ts';
import { cidrHolds } from '../../src/values/cidr.ts';
import { cidr, codes } from './support.ts';

const controlledBy = (kind: string, name: string) => ({
  ownerReferences: [{ kind, name, controller: true }],
});

function pod(name: string, parts: { metadata?: object; spec?: object; status?: object } = {}): Pod {
  const raw = { apiVersion: 'v1', kind: 'Pod', ...parts, metadata: { name, ...parts.metadata } };
  const { outcome } = readObject(raw);
  if (outcome.is !== 'model') throw new Error(outcome.is);
  return outcome.object as Pod;
}

function node(name: string, podCIDRs: string[] = [], addresses: string[] = []): Node {
  const { outcome } = readObject({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDRs },
    status: { addresses: addresses.map((address) => ({ address })) },
  });
  if (outcome.is !== 'model') throw new Error(outcome.is);
  return outcome.object as Node;
}

function workload(kind: string, name: string, spec: object = {}, metadata: object = {}): Workload {
  const apiVersion = kind === 'ReplicationController' ? 'v1' : /Job/.test(kind) ? 'batch/v1' : 'apps/v1';
  const { outcome } = readObject({ apiVersion, kind, metadata: { name, ...metadata }, spec });
  if (outcome.is !== 'workload') throw new Error(outcome.is);
  return outcome.workload;
}

function complete(pods: Pod[], workloads: Workload[], nodes: Node[] = []): readonly Pod[] {
  return completePods(pods, workloads, nodes).pods;
}

const named = (pods: readonly Pod[]) => pods.map(({ name }) => name);

test('a workload without pods gets them from its template', () => {
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ ports: [{ name: 'http', containerPort: 80 }] }] },
  };
  const [first, ...others] = complete(
    [],
    [workload('Deployment', 'web', { replicas: 3, template }, { namespace: 'shop' })],
  );
  assert.equal(named(others), ['web-1', 'web-2']);
  assert.equal(
    { ...first, labels: { ...first?.labels } },
    {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-0',
      labels: { app: 'web' },
      addresses: [],
      node: undefined,
      hostAddresses: [],
      hostNetwork: false,
      finished: false,
      ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
      owner: { kind: 'Deployment', name: 'web' },
      source: undefined,
    },
  );
});

test('no replicas, no pods', () => {
  assert.equal(complete([], [workload('Deployment', 'web', { replicas: 0 })]), []);
});

test('a DaemonSet has one pod on each node, and one where no node is known', () => {
  const daemon = workload('DaemonSet', 'ds', { template: { spec: { hostNetwork: true } } });
  const pods = complete([], [daemon], [node('b'), node('a')]);
  assert.equal(
    pods.map(({ name, node, hostNetwork }) => [name, node, hostNetwork]),
    [
      ['ds-0', 'a', true],
      ['ds-1', 'b', true],
    ],
  );
  assert.equal(
    complete([], [daemon]).map(({ node }) => node),
    [undefined],
  );
});

test('pods are spread over the nodes, the same way whatever their order; a template may name one', () => {
  const nodes = ['a', 'b', 'c'].map((name) => node(name));
  const web = workload('Deployment', 'web', { replicas: 6 });
  const spread = complete([], [web], nodes).map(({ node }) => node);
  assert.equal([...spread].sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
  assert.equal(
    complete([], [web], nodes.toReversed()).map(({ node }) => node),
    spread,
  );
  const bound = workload('Deployment', 'web', { replicas: 2, template: { spec: { nodeName: 'z' } } });
  assert.equal(
    complete([], [bound], nodes).map(({ node }) => node),
    ['z', 'z'],
  );
});

test('a workload that owns pods, directly or through others, makes none', () => {
  const web = workload('Deployment', 'web');
  const set = workload('ReplicaSet', 'web-5f', {}, controlledBy('Deployment', 'web'));
  const own = pod('web-5f-x', { metadata: controlledBy('ReplicaSet', 'web-5f') });
  assert.equal(named(complete([own], [web, set])), ['web-5f-x']);
  assert.equal(named(complete([own], [set])), ['web-5f-x']);
  // Without the ReplicaSet nothing says that the pod is the Deployment's.
  assert.equal(named(complete([own], [web])), ['web-5f-x', 'web-0']);
  const job = workload('Job', 'night-1', {}, controlledBy('CronJob', 'night'));
  const done = pod('night-1-x', { metadata: controlledBy('Job', 'night-1'), status: { phase: 'Succeeded' } });
  assert.equal(named(complete([done], [workload('CronJob', 'night'), job])), ['night-1-x']);
});

test('a workload of another namespace is another workload', () => {
  const own = pod('web-x', { metadata: { namespace: 'a', ...controlledBy('StatefulSet', 'web') } });
  const other = workload('StatefulSet', 'web', {}, { namespace: 'b' });
  assert.equal(named(complete([own], [other])), ['web-x', 'web-0']);
});

test('of workloads that control each other only the topmost makes pods', () => {
  const web = workload('Deployment', 'web', { replicas: 2 });
  const set = workload('ReplicaSet', 'web-5f', { replicas: 3 }, controlledBy('Deployment', 'web'));
  assert.equal(named(complete([], [set, web])), ['web-0', 'web-1']);
  const alone = complete([], [set]);
  assert.equal(named(alone), ['web-5f-0', 'web-5f-1', 'web-5f-2']);
  assert.equal(alone[0]?.owner, { kind: 'Deployment', name: 'web' });
});

test('owners are followed as far as the input goes', () => {
  const own = pod('x', { metadata: controlledBy('ReplicaSet', 'web-5f') });
  const set = workload('ReplicaSet', 'web-5f', {}, controlledBy('Deployment', 'web'));
  const web = workload('Deployment', 'web', {}, controlledBy('App', 'shop'));
  const owner = (...workloads: Workload[]) => complete([own], workloads)[0]?.owner;
  assert.equal(owner(), { kind: 'ReplicaSet', name: 'web-5f' });
  assert.equal(owner(set), { kind: 'Deployment', name: 'web' });
  assert.equal(owner(set, web), { kind: 'App', name: 'shop' });
  assert.equal(owner(web), { kind: 'ReplicaSet', name: 'web-5f' });
});

test('controllers that run in a circle do not hang', () => {
  const a = workload('ReplicaSet', 'a', {}, controlledBy('ReplicaSet', 'b'));
  const b = workload('ReplicaSet', 'b', {}, controlledBy('ReplicaSet', 'a'));
  assert.is(complete([pod('x', { metadata: controlledBy('ReplicaSet', 'a') })], [a, b]).length, 1);
});

test('names that are taken are passed over', () => {
  const pods = complete([pod('web-0')], [workload('StatefulSet', 'web', { replicas: 2 })]);
  assert.equal(named(pods), ['web-0', 'web-1', 'web-2']);
  const two = [workload('StatefulSet', 'web'), workload('Deployment', 'web')];
  assert.equal(complete([], two), complete([], two.toReversed()));
});

test('a number of replicas beyond reason is cut, and said', () => {
  const { pods, diagnostics } = completePods(
    [],
    [workload('Deployment', 'web', { replicas: 2147483647 })],
    [],
  );
  assert.is(pods.length, MAX_PODS_PER_WORKLOAD);
  assert.equal(codes({ diagnostics }), ['replicas-capped']);
});

function give(pods: Pod[], nodes: Node[] = [], podCidrs = DEFAULT_POD_CIDRS): readonly Pod[] {
  return giveAddresses(pods, nodes, podCidrs).pods;
}

test('a pod without an address gets one of each family; others keep theirs', () => {
  const [web, has, done] = give([
    pod('web'),
    pod('has', { status: { podIP: '10.0.0.1' } }),
    pod('done', { status: { phase: 'Failed' } }),
  ]);
  assert.equal(web?.addresses.map(familyOf), [4, 6]);
  assert.equal(has?.addresses, ['10.0.0.1']);
  assert.equal(done?.addresses, []);
});

test('one family of pod CIDRs means single stack', () => {
  const [only] = give(
    [pod('web', { spec: { nodeName: 'a' } })],
    [node('a', ['10.9.0.0/24', 'fd09::/64'])],
    [cidr('fd00::/64')],
  );
  assert.is(only?.addresses.length, 1);
  assert.match(only?.addresses[0] ?? '', /^fd09::/);
});

test('the address lies in the block of the node where that is known', () => {
  const nodes = [node('a', ['10.9.0.0/24'])];
  const [bound, free] = give([pod('bound', { spec: { nodeName: 'a' } }), pod('free')], nodes);
  const holds = (block: string, address: Address | undefined) =>
    address && cidrHolds(cidr(block), { family: familyOf(address), value: addressValue(address) });
  assert.ok(holds('10.9.0.0/24', bound?.addresses[0]));
  assert.ok(holds('fd00:10:244::/56', bound?.addresses[1]));
  assert.ok(holds('10.244.0.0/16', free?.addresses[0]));
});

test('S42: host-network pods have the addresses of their node, or none', () => {
  const spec = { hostNetwork: true, nodeName: 'a' };
  const nodes = [node('a', ['10.9.0.0/24'], ['192.168.0.1', 'fc00::1'])];
  assert.equal(give([pod('x', { spec })], nodes)[0]?.addresses, ['192.168.0.1', 'fc00::1']);
  assert.equal(give([pod('x', { spec })])[0]?.addresses, []);
});

test('addresses that others have, and the ends of a block, are not given', () => {
  const block = [cidr('10.0.0.0/29')];
  const taken = [
    pod('a', { status: { podIP: '10.0.0.1', hostIP: '10.0.0.2' } }),
    pod('b', { status: { podIP: '10.0.0.3' } }),
  ];
  const pods = give([...taken, pod('x'), pod('y')], [node('n', [], ['10.0.0.4'])], block);
  assert.equal(
    pods
      .slice(2)
      .flatMap(({ addresses }) => addresses)
      .sort(),
    ['10.0.0.5', '10.0.0.6'],
  );
});

test('a block that is too small is an error that says for how many', () => {
  const pods = ['a', 'b', 'c', 'd', 'e'].map((name) => pod(name));
  const { diagnostics, pods: given } = giveAddresses(pods, [], [cidr('10.0.0.0/30')]);
  assert.equal(codes({ diagnostics }), ['pod-cidr-full']);
  assert.match(diagnostics[0]?.message ?? '', /10\.0\.0\.0\/30 has no address left for 3 pods/);
  assert.is(given.filter(({ addresses }) => addresses.length === 1).length, 2);
  assert.equal(give([pod('a')], [], [cidr('10.0.0.7/32')])[0]?.addresses, ['10.0.0.7']);
});

const podNames = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 1, maxLength: 60 });

test('addresses are unique and do not depend on the order of the input', () => {
  fc.assert(
    fc.property(podNames, fc.nat(), (names, seed) => {
      const pods = names.map((name) => pod(name));
      const shuffled = pods.toSorted(
        (a, b) => ((a.name.charCodeAt(0) * 7 + seed) % 5) - ((b.name.charCodeAt(0) * 7 + seed) % 5),
      );
      const block = [cidr('10.0.0.0/26'), cidr('fd00::/64')];
      const byName = (given: readonly Pod[]) =>
        new Map(given.map(({ name, addresses }) => [name, addresses]));
      const [one, other] = [byName(give(pods, [], block)), byName(give(shuffled, [], block))];
      for (const [name, addresses] of one) assert.equal(other.get(name), addresses);
      assert.is(new Set([...one.values()].flat()).size, 2 * pods.length);
    }),
    { numRuns: 100 },
  );
});

test('one more pod moves at most the address that it takes', () => {
  const pods = Array.from({ length: 300 }, (_, i) => pod(`pod-${i}`));
  const before = give(pods);
  const after = give([pod('another'), ...pods]).slice(1);
  const moved = before.filter(({ addresses }, i) => addresses[0] !== after[i]?.addresses[0]);
  assert.ok(moved.length <= 1, `${moved.length} of 300`);
});

test.run();
