import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ParseResult } from '../../src/objects/parse.ts';
import { allPorts, spanOf } from '../../src/values/ports.ts';
import { adminPolicy, baselinePolicy, cidr, clean, clusterPolicy, codes, label, policy } from './support.ts';

const EVERYBODY = [{ namespaces: {} }];
const DENIES_ALL = { action: 'deny', peers: 'any', ports: 'any' };
const MATCHES_NOTHING = { action: 'allow', peers: [], ports: 'any' };

/** The one egress rule of an AdminNetworkPolicy, in the parts that matter for matching. */
function partsOf(result: ParseResult, direction: 'ingress' | 'egress' = 'egress') {
  const { action, peers, ports } = policy(result).rules[direction][0] ?? {};
  return { action, peers, ports };
}

const adminEgress = (rule: object) => adminPolicy({ egress: [{ action: 'Allow', to: EVERYBODY, ...rule }] });
const adminIngress = (rule: object) =>
  adminPolicy({ ingress: [{ action: 'Allow', from: EVERYBODY, ...rule }] });
const clusterEgress = (rule: object) =>
  clusterPolicy({ egress: [{ action: 'Accept', to: EVERYBODY, ...rule }] });

test('S3, S5: tiers, priorities and actions of the three kinds', () => {
  const rules = (actions: string[]) => ({ egress: actions.map((action) => ({ action, to: EVERYBODY })) });
  const admin = clean(adminPolicy(rules(['Allow', 'Deny', 'Pass'])));
  assert.equal([admin.tier, admin.priority, admin.namespace], ['admin', 10, '']);
  assert.equal(
    admin.rules.egress.map(({ action }) => action),
    ['allow', 'deny', 'pass'],
  );
  const baseline = clean(baselinePolicy(rules(['Allow', 'Deny'])));
  assert.equal([baseline.tier, baseline.priority], ['baseline', 0]);
  const cluster = clean(
    clusterPolicy({ tier: 'Baseline', priority: 7, ...rules(['Accept', 'Deny', 'Pass']) }),
  );
  assert.equal([cluster.tier, cluster.priority], ['baseline', 7]);
  assert.equal(
    cluster.rules.egress.map(({ action }) => action),
    ['allow', 'deny', 'pass'],
  );
});

test('an action of the other API version is an error', () => {
  assert.equal(codes(adminEgress({ action: 'Accept' })), ['action-other-version']);
  assert.equal(codes(clusterEgress({ action: 'Allow' })), ['action-other-version']);
  assert.equal(codes(baselinePolicy({ egress: [{ action: 'Pass', to: EVERYBODY }] })), ['action-unknown']);
  assert.equal(codes(baselinePolicy({ egress: [{ action: 'Accept', to: EVERYBODY }] })), [
    'action-other-version',
  ]);
});

test('S7: these kinds do not isolate', () => {
  assert.equal(clean(adminEgress({})).isolates, { ingress: false, egress: false });
});

test('S30: subjects', () => {
  const subject = (raw: unknown) => clean(adminPolicy({ subject: raw })).subject;
  assert.equal(subject({ namespaces: {} }), { kind: 'pods', namespaces: { selector: [] }, pods: [] });
  assert.equal(
    subject({
      pods: { namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: { matchLabels: { c: 'd' } } },
    }),
    { kind: 'pods', namespaces: { selector: label('a', 'b') }, pods: label('c', 'd') },
  );
  assert.equal(
    clean(clusterPolicy({ subject: { pods: { podSelector: {} } } })).subject,
    subject({ namespaces: {} }),
  );
  for (const broken of [
    {},
    { namespaces: null },
    { serviceAccounts: {} },
    { namespaces: {}, pods: { namespaceSelector: {}, podSelector: {} } },
    { namespaces: { matchLabel: {} } },
    { pods: { namespaceSelector: {}, podSelector: {}, nodeSelector: {} } },
  ]) {
    const result = adminPolicy({ subject: broken });
    assert.equal(codes(result), ['subject-invalid'], JSON.stringify(broken));
    assert.is(result.remnant, undefined);
  }
  assert.equal(codes(adminPolicy({ subject: { pods: { podSelector: {} } } })), ['field-missing']);
  assert.equal(codes(clusterPolicy({ subject: { pods: { namespaceSelector: {} } } })), ['field-missing']);
});

test('S31: peers of egress rules', () => {
  const to = [
    { nodes: { matchLabels: { role: 'worker' } } },
    { networks: ['10.0.0.0/8', 'fd00::/8'] },
    { domainNames: ['WWW.Example.com.', '*.example.com'] },
  ];
  assert.equal(partsOf(adminEgress({ to })).peers, [
    { kind: 'nodes', selector: label('role', 'worker') },
    { kind: 'block', cidr: cidr('10.0.0.0/8'), except: [] },
    { kind: 'block', cidr: cidr('fd00::/8'), except: [] },
    { kind: 'domain', name: 'www.example.com' },
    { kind: 'domain', name: '*.example.com' },
  ]);
});

test('S32: named ports next to peers without pods', () => {
  for (const peer of [{ nodes: {} }, { networks: ['10.0.0.0/8'] }, { domainNames: ['example.com'] }]) {
    const admin = adminEgress({
      to: [...EVERYBODY, peer],
      ports: [{ portNumber: { port: 1 } }, { namedPort: 'http' }],
    });
    assert.equal(codes(admin), ['named-port-peer']);
    const cluster = clusterEgress({ to: [peer], protocols: [{ destinationNamedPort: 'http' }] });
    assert.equal(codes(cluster), ['named-port-peer']);
  }
});

test('S33: an unknown or empty peer or port fails closed by whole rule', () => {
  const parts = [
    { to: [...EVERYBODY, { fqdns: ['a.b'] }] },
    { to: [{ namespaces: {}, fqdns: ['a.b'] }] },
    { to: [{}] },
    { to: [{ namespaces: null }] },
    { to: [{ pods: { namespaceSelector: {}, podSelector: {}, names: [] } }] },
    { ports: [{}] },
    { ports: [{ portNumber: { port: 80 } }, { portList: [1] }] },
    { ports: [{ portNumber: { port: 80, name: 'x' } }] },
    { ports: [{ portRange: { start: 1, end: 2, step: 1 } }] },
    { toServices: [] },
  ];
  for (const part of parts) {
    const shown = JSON.stringify(part);
    assert.equal(codes(adminEgress(part)), ['unknown-field'], shown);
    assert.equal(partsOf(adminEgress(part)), MATCHES_NOTHING, shown);
    for (const action of ['Deny', 'Pass']) {
      assert.equal(partsOf(adminEgress({ ...part, action })), DENIES_ALL, `${action} ${shown}`);
    }
  }
});

test('S33: the same for the protocols of v1alpha2', () => {
  const all = [
    {},
    { icmp: {} },
    { tcp: { sourcePort: 1 } },
    { tcp: null },
    { udp: { destinationPort: {} } },
    { udp: { destinationPort: { list: [1] } } },
    { sctp: { destinationPort: { range: { start: 1, end: 2, step: 1 } } } },
  ];
  for (const raw of all) {
    const shown = JSON.stringify(raw);
    assert.equal(codes(clusterEgress({ protocols: [raw] })), ['unknown-field'], shown);
    assert.equal(partsOf(clusterEgress({ protocols: [raw] })), MATCHES_NOTHING, shown);
    assert.equal(partsOf(clusterEgress({ action: 'Deny', protocols: [raw] })), DENIES_ALL, shown);
  }
});

test('S33: networks, nodes and domainNames where they mean nothing', () => {
  for (const peer of [{ networks: ['10.0.0.0/8'] }, { nodes: {} }, { domainNames: ['example.com'] }]) {
    const allow = adminIngress({ from: [peer] });
    assert.equal(codes(allow), ['peer-not-applicable']);
    assert.equal(partsOf(allow, 'ingress'), MATCHES_NOTHING);
    const cluster = clusterPolicy({ ingress: [{ action: 'Deny', from: [peer] }] });
    assert.equal(codes(cluster), ['peer-not-applicable']);
    assert.equal(partsOf(cluster, 'ingress'), DENIES_ALL);
  }
  for (const action of ['Deny', 'Pass']) {
    const result = adminEgress({ action, to: [{ domainNames: ['example.com'] }] });
    assert.equal(codes(result), ['peer-not-applicable']);
    assert.equal(partsOf(result), DENIES_ALL);
  }
});

test('two forms in one peer or port are errors', () => {
  assert.equal(codes(adminEgress({ to: [{ namespaces: {}, nodes: {} }] })), ['peer-ambiguous']);
  assert.equal(codes(adminIngress({ from: [{ namespaces: {}, networks: ['10.0.0.0/8'] }] })), [
    'peer-ambiguous',
  ]);
  const port = { portNumber: { port: 1 }, portRange: { start: 1, end: 2 } };
  assert.equal(codes(adminEgress({ ports: [port] })), ['port-ambiguous']);
  assert.equal(codes(clusterEgress({ protocols: [{ tcp: {}, udp: {} }] })), ['port-ambiguous']);
  const both = { number: 1, range: { start: 1, end: 2 } };
  assert.equal(codes(clusterEgress({ protocols: [{ tcp: { destinationPort: both } }] })), ['port-ambiguous']);
});

test('S34: ports of v1alpha1', () => {
  const ports = [
    { portNumber: { port: 80 } },
    { portNumber: { port: 53, protocol: 'UDP' } },
    { portRange: { start: 8000, end: 8000 } },
    { portRange: { start: 1, end: 65535, protocol: 'SCTP' } },
    { namedPort: 'http' },
  ];
  assert.equal(partsOf(adminEgress({ ports })).ports, [
    { kind: 'span', span: spanOf('TCP', 80, 80) },
    { kind: 'span', span: spanOf('UDP', 53, 53) },
    { kind: 'span', span: spanOf('TCP', 8000, 8000) },
    { kind: 'span', span: spanOf('SCTP', 1, 65535) },
    { kind: 'named', name: 'http', protocol: 'any' },
  ]);
  for (const nothing of [undefined, null]) assert.is(partsOf(adminEgress({ ports: nothing })).ports, 'any');
});

test('S34: ports of v1alpha2', () => {
  const protocols = [
    { tcp: { destinationPort: { number: 80 } } },
    { udp: { destinationPort: { range: { start: 53, end: 54 } } } },
    { sctp: { destinationPort: { number: 9, range: null } } },
    { destinationNamedPort: 'http' },
  ];
  assert.equal(partsOf(clusterEgress({ protocols })).ports, [
    { kind: 'span', span: spanOf('TCP', 80, 80) },
    { kind: 'span', span: spanOf('UDP', 53, 54) },
    { kind: 'span', span: spanOf('SCTP', 9, 9) },
    { kind: 'named', name: 'http', protocol: 'any' },
  ]);
});

test('S34: a protocol without destinationPort is every port of it, with a warning', () => {
  const result = clusterEgress({ protocols: [{ tcp: {} }, { udp: { destinationPort: null } }] });
  assert.equal(codes(result), ['port-every', 'port-every']);
  assert.equal(partsOf(result).ports, [
    { kind: 'span', span: allPorts('TCP') },
    { kind: 'span', span: allPorts('UDP') },
  ]);
});

test('S35: limits', () => {
  const times = <T>(n: number, item: T) => Array.from({ length: n }, () => item);
  const rule = { action: 'Deny', to: EVERYBODY };
  assert.equal(codes(adminPolicy({ egress: times(100, rule) })), []);
  assert.equal(codes(adminPolicy({ egress: times(101, rule) })), ['too-many']);
  assert.equal(codes(clusterPolicy({ egress: times(25, rule) })), []);
  assert.equal(codes(clusterPolicy({ egress: times(26, rule) })), ['too-many']);
  assert.equal(codes(adminEgress({ to: times(100, { namespaces: {} }) })), []);
  assert.equal(codes(adminEgress({ to: times(101, { namespaces: {} }) })), ['too-many']);
  assert.equal(codes(adminEgress({ ports: times(101, { portNumber: { port: 1 } }) })), ['too-many']);
  assert.equal(codes(clusterEgress({ protocols: times(26, { destinationNamedPort: 'a' }) })), ['too-many']);
  assert.equal(codes(adminEgress({ to: [{ networks: times(26, '10.0.0.0/8') }] })), ['too-many']);
  assert.equal(codes(adminEgress({ to: [{ domainNames: times(26, 'a.b') }] })), ['too-many']);
  assert.equal(codes(adminEgress({ name: '}; accept "\n😀'.padEnd(101, '😀') })), []);
  assert.equal(codes(adminEgress({ name: '😀'.repeat(101) })), ['too-many']);
  for (const priority of [0, 1000]) assert.equal(codes(adminPolicy({ priority })), []);
  for (const priority of [-1, 1001, 1.5])
    assert.is(codes(adminPolicy({ priority })).length, 1, `${priority}`);
});

test('a rule keeps its name as it is written', () => {
  const name = '"; accept\n}#';
  assert.is(clean(adminEgress({ name })).rules.egress[0]?.name, name);
  assert.is(clean(adminEgress({})).rules.egress[0]?.name, undefined);
});

test('S37: domain names', () => {
  const domain = (name: string) => codes(adminEgress({ to: [{ domainNames: [name] }] }));
  for (const name of [
    'a.b',
    'A.B.',
    '*.a.b',
    '_dmarc.example.com',
    `${'a'.repeat(63)}.com`,
    'xn--bcher-kva.example',
  ]) {
    assert.equal(domain(name), [], name);
  }
  for (const name of [
    '',
    '.',
    'com',
    '*.com',
    '*',
    'a.*.b',
    '*a.b.c',
    '-a.b',
    'a-.b',
    'a..b',
    `${'a'.repeat(64)}.com`,
    'bücher.example',
    'a.b:80',
    'a.b..',
    '1.2.3.4/8',
  ]) {
    assert.equal(domain(name), ['domain-name'], name);
  }
});

test('S50: what is left of a broken policy denies, and allows nothing through the broken rule', () => {
  const rules = [
    { action: 'Allow', to: [{ networks: ['all'] }] },
    { action: 'Deny', to: [{ networks: ['all'] }] },
    { action: 'Pass', to: EVERYBODY, ports: [{ portNumber: { port: 0 } }] },
    { action: 'Jump', to: EVERYBODY },
    { action: 'Allow', to: EVERYBODY },
  ];
  const { object, remnant } = adminPolicy({ egress: rules });
  assert.is(object, undefined);
  assert.equal(
    remnant?.rules.egress.map(({ action, peers, ports }) => ({ action, peers, ports })),
    [
      MATCHES_NOTHING,
      DENIES_ALL,
      DENIES_ALL,
      DENIES_ALL,
      { action: 'allow', peers: [{ kind: 'pods', namespaces: { selector: [] }, pods: [] }], ports: 'any' },
    ],
  );
});

test('S50: without its priority a policy allows nothing', () => {
  const { remnant } = adminPolicy({
    priority: 'high',
    egress: [
      { action: 'Allow', to: EVERYBODY },
      { action: 'Pass', to: EVERYBODY },
    ],
  });
  assert.is(remnant?.priority, 0);
  assert.equal(remnant?.rules.egress[0]?.peers, []);
  assert.is(remnant?.rules.egress[1]?.action, 'deny');
});

test('S5: the baseline is the one that is called default', () => {
  assert.is(clean(baselinePolicy({})).name, 'default');
});

test.run();
