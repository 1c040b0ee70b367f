import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ModelObject, Pod } from '../../src/model/types.ts';
import { parseObject, readObject } from '../../src/objects/parse.ts';
import { cidr, codes } from './support.ts';

function parse(raw: object): ModelObject {
  const { object, diagnostics } = parseObject(raw);
  if (!object) throw new Error(JSON.stringify(diagnostics));
  return object;
}

function pod(parts: { metadata?: object; spec?: unknown; status?: unknown }): Pod {
  const metadata = { name: 'web', ...parts.metadata };
  return parse({ apiVersion: 'v1', kind: 'Pod', ...parts, metadata }) as Pod;
}

function podCodes(parts: object): string[] {
  return codes(parseObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, ...parts }));
}

test('a pod with everything that is read', () => {
  const raw = pod({
    metadata: {
      namespace: 'shop',
      labels: { app: 'web', gone: null },
      ownerReferences: [
        { kind: 'Service', name: 'other' },
        { kind: 'ReplicaSet', name: 'web-5f', controller: true },
      ],
    },
    spec: { nodeName: 'a', containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }, { ip: 'FD00::0:1' }],
      hostIP: '192.168.0.1',
      hostIPs: [{ ip: '192.168.0.1' }, { ip: 'fc00::1' }],
    },
  });
  assert.equal(
    { ...raw, labels: { ...raw.labels } },
    {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web',
      labels: { app: 'web' },
      addresses: ['10.0.0.1', 'fd00::1'],
      node: 'a',
      hostAddresses: ['192.168.0.1', 'fc00::1'],
      hostNetwork: false,
      finished: false,
      ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
      owner: { kind: 'ReplicaSet', name: 'web-5f' },
      source: undefined,
    },
  );
  assert.ok(Object.isFrozen(raw) && Object.isFrozen(raw.labels) && Object.isFrozen(raw.addresses));
});

test('a pod with nothing but a name, and nulls wherever one may stand', () => {
  const bare = pod({});
  assert.equal([bare.namespace, bare.addresses, bare.node, bare.ports], ['default', [], undefined, []]);
  const nulls = pod({
    metadata: { namespace: null, labels: null, ownerReferences: null },
    spec: {
      nodeName: null,
      hostNetwork: null,
      initContainers: null,
      containers: [null, { ports: null }, { ports: [null, { name: null, containerPort: 'x' }] }],
    },
    status: { phase: null, podIP: null, podIPs: null, hostIP: null, hostIPs: null },
  });
  assert.equal(nulls, bare);
  assert.equal(pod({ spec: null, status: null }), bare);
});

test('label maps have no prototype, so that no key is special', () => {
  const labels = pod({ metadata: { labels: JSON.parse('{"__proto__": "x", "constructor": "y"}') } }).labels;
  assert.is(Object.getPrototypeOf(labels), null);
  assert.equal(Object.entries(labels), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  assert.is(labels['toString'], undefined);
  for (const kind of ['Namespace', 'Node']) {
    const object = parse({ apiVersion: 'v1', kind, metadata: { name: 'a' } }) as { labels?: object };
    assert.is(Object.getPrototypeOf(object.labels), null, kind);
  }
});

test('S25: named ports of containers and of init containers that go on running', () => {
  const container = (name: string, containerPort: number, more = {}) => ({
    ...more,
    ports: [{ name, containerPort, protocol: 'UDP' }],
  });
  const { ports } = pod({
    spec: {
      containers: [container('dns', 53), container('dns', 5353)],
      initContainers: [container('mesh', 1, { restartPolicy: 'Always' }), container('init', 2)],
    },
  });
  assert.equal(ports, [
    { name: 'dns', protocol: 'UDP', port: 53 },
    { name: 'dns', protocol: 'UDP', port: 5353 },
    { name: 'mesh', protocol: 'UDP', port: 1 },
  ]);
});

test('only what is read is validated', () => {
  assert.equal(
    podCodes({ spec: { containers: [{}], volumes: 'x', restartPolicy: 7 }, status: { conditions: 1 } }),
    [],
  );
  assert.equal(podCodes({ spec: { containers: [{ ports: [{ containerPort: 'x', protocol: 1 }] }] } }), []);
  assert.equal(podCodes({ spec: { initContainers: [{ ports: [{ name: 'a', containerPort: 'x' }] }] } }), []);
  assert.equal(podCodes({ metadata: { name: 'a', labels: { 'not a label key': 'no label value!' } } }), []);
  assert.equal(podCodes({ metadata: { name: 'a', annotations: 1, uid: {} } }), []);
});

test('what is read is validated', () => {
  const http = { name: 'http', containerPort: 80 };
  for (const [parts, code] of [
    [{ spec: 'x' }, 'field-type'],
    [{ spec: { nodeName: 1 } }, 'field-type'],
    [{ spec: { containers: {} } }, 'field-type'],
    [{ spec: { containers: [{ ports: [{ ...http, containerPort: 65536 }] }] } }, 'field-value'],
    [{ spec: { containers: [{ ports: [{ ...http, protocol: 'tcp' }] }] } }, 'field-value'],
    [{ spec: { containers: [{ ports: [{ name: 'http' }] }] } }, 'field-missing'],
    [{ status: { podIPs: [{ ip: '10.0.0.1%eth0' }] } }, 'address-invalid'],
    [{ status: { hostIP: 'node-a' } }, 'address-invalid'],
    [
      { metadata: { name: 'a', ownerReferences: [{ kind: 'ReplicaSet', controller: true }] } },
      'field-missing',
    ],
    [{ metadata: { name: 'a', labels: ['a'] } }, 'field-type'],
    [{ metadata: {} }, 'field-missing'],
    [{ metadata: null }, 'field-missing'],
    [{ metadata: 'a' }, 'field-type'],
  ] as const) {
    assert.equal(podCodes(parts), [code], JSON.stringify(parts));
  }
});

test('S44: Succeeded and Failed are finished, every other phase is not', () => {
  const finished = (phase: string) => pod({ status: { phase } }).finished;
  assert.equal(['Succeeded', 'Failed', 'Running', 'Pending', 'Unknown', ''].map(finished), [
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('the owner is the controller, and a static pod is its own', () => {
  const owner = (references: unknown) => pod({ metadata: { ownerReferences: references } }).owner;
  const self = { kind: 'Pod', name: 'web' };
  assert.equal(owner(undefined), self);
  assert.equal(owner([]), self);
  assert.equal(owner([{ kind: 'ReplicaSet', name: 'a' }]), self);
  assert.equal(owner([{ kind: 'ReplicaSet', name: 'a', controller: false }]), self);
  assert.equal(owner([{ kind: 'Node', name: 'a', controller: true }]), self);
  assert.equal(owner([{ kind: 'Database', name: 'a', controller: true }]), { kind: 'Database', name: 'a' });
});

test('S20: a namespace carries its name as a label, whatever its object says', () => {
  for (const labels of [undefined, null, {}, { 'kubernetes.io/metadata.name': 'other' }]) {
    const namespace = parse({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } });
    assert.equal({ ...(namespace as { labels: object }).labels }, { 'kubernetes.io/metadata.name': 'shop' });
  }
});

test('a node: the addresses among its addresses, and its pod CIDRs', () => {
  const node = (spec: unknown, addresses: unknown = []) =>
    parse({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, spec, status: { addresses } }) as {
      addresses: unknown;
      podCidrs: unknown;
    };
  const addresses = [
    { type: 'InternalIP', address: '192.168.0.1' },
    { type: 'InternalIP', address: 'FC00::1' },
    { type: 'Hostname', address: 'node-a' },
    { type: 'ExternalIP', address: '192.168.0.1' },
  ];
  assert.equal(node({}, addresses).addresses, ['192.168.0.1', 'fc00::1']);
  assert.equal(node({ podCIDR: '10.1.0.0/24', podCIDRs: ['10.1.0.0/24', 'fd00::/64'] }).podCidrs, [
    cidr('10.1.0.0/24'),
    cidr('fd00::/64'),
  ]);
  assert.equal(node({ podCIDR: '10.1.0.0/24', podCIDRs: null }).podCidrs, [cidr('10.1.0.0/24')]);
  assert.equal(node(null, null).podCidrs, []);
});

test('workloads: how many pods they want, and what those look like', () => {
  const wants = (kind: string, apiVersion: string, spec: unknown, status?: unknown) => {
    const { outcome, diagnostics } = readObject({ apiVersion, kind, metadata: { name: 'w' }, spec, status });
    assert.equal(diagnostics, []);
    return outcome.is === 'workload' ? outcome.workload.pods : outcome.is;
  };
  for (const kind of ['Deployment', 'StatefulSet', 'ReplicaSet']) {
    assert.is(wants(kind, 'apps/v1', {}), 1);
    assert.is(wants(kind, 'apps/v1', { replicas: null }), 1);
    assert.is(wants(kind, 'apps/v1', { replicas: 0 }), 0);
    assert.is(wants(kind, 'apps/v1', { replicas: 3 }), 3);
  }
  assert.is(wants('ReplicationController', 'v1', { replicas: 2 }), 2);
  assert.is(wants('DaemonSet', 'apps/v1', null), 'one per node');
  assert.is(wants('Job', 'batch/v1', {}), 1);
  assert.is(wants('Job', 'batch/v1', { parallelism: 5, completions: 2 }), 2);
  assert.is(wants('Job', 'batch/v1', { parallelism: 0 }), 0);
  assert.is(wants('Job', 'batch/v1', { suspend: true }), 0);
  assert.is(wants('Job', 'batch/v1', {}, { completionTime: '2026-01-01T00:00:00Z' }), 0);
  assert.is(wants('Job', 'batch/v1', {}, { conditions: [{ type: 'Failed', status: 'True' }] }), 0);
  assert.is(wants('CronJob', 'batch/v1', { jobTemplate: { spec: { parallelism: 2 } } }), 2);
  assert.is(wants('CronJob', 'batch/v1', { suspend: true }), 0);
  assert.is(wants('Deployment', 'extensions/v1beta1', {}), 'skipped');
});

test('kinds without use, and known kinds of other groups, are skipped', () => {
  for (const [apiVersion, kind] of [
    ['v1', 'ConfigMap'],
    ['crd.projectcalico.org/v1', 'NetworkPolicy'],
    ['v2', 'Pod'],
    ['x', '__proto__'],
    ['x', 'constructor'],
  ]) {
    const { outcome, diagnostics } = readObject({ apiVersion, kind, metadata: { name: 'a' } });
    assert.equal(outcome, { is: 'skipped', kind });
    assert.equal(diagnostics, []);
  }
});

test.run();
