/** egress-without-dns and unisolated-pods. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { admin, baseline, found, lintYaml, network, workload } from './support.ts';

const DNS = workload(
  'kube-system',
  'coredns',
  ', k8s-app: kube-dns',
  'containers: [{ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: dns-tcp, containerPort: 53}]}]',
);
const WEB = workload('shop', 'web');
const DB = workload('shop', 'db');
const TO_DNS =
  '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}';
const UDP_53 = 'ports: [{protocol: UDP, port: 53}]';
const egress = (...rules: string[]): string =>
  network(
    'shop',
    'np',
    `podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [${rules.join(', ')}]`,
  );

/** Whether web is cut off from DNS, with the cluster's DNS among the input and without. */
async function cutOff(...documents: string[]): Promise<readonly [known: boolean, unknown: boolean]> {
  const with_ = await found('egress-without-dns', WEB, DB, DNS, ...documents);
  const without = await found('egress-without-dns', WEB, DB, ...documents);
  return [with_.length > 0, without.length > 0];
}

test('pods that may reach others and no DNS', async () => {
  const policy = egress('{to: [{podSelector: {matchLabels: {app: db}}}]}');
  assert.equal(await cutOff(policy), [true, true]);
  const [finding] = (await lintYaml([WEB, DB, DNS, policy].join('\n---\n'))).filter(
    ({ rule }) => rule === 'egress-without-dns',
  );
  assert.is(finding?.severity, 'warning');
  assert.is(finding?.message, 'isolates for egress, and Deployment shop/web can reach no DNS server');
  assert.is(finding?.object.name, 'np');
});

test('rules that let DNS through', async () => {
  const fine = [
    '{}',
    `{to: [${TO_DNS}], ${UDP_53}}`,
    `{to: [${TO_DNS}], ports: [{port: 53}]}`,
    `{to: [${TO_DNS}]}`,
    `{${UDP_53}}`,
    '{to: [{namespaceSelector: {}}]}',
    `{to: [{namespaceSelector: {}}], ${UDP_53}}`,
    '{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}',
    `{to: [{ipBlock: {cidr: 192.0.2.53/32}}], ${UDP_53}}`,
    `{to: [{ipBlock: {cidr: 169.254.20.10/32}}], ${UDP_53}}`,
    `{to: [${TO_DNS}], ports: [{port: 1, endPort: 65535}]}`,
  ];
  for (const rule of fine) assert.equal(await cutOff(egress(rule)), [false, false], rule);
  assert.equal(await cutOff(egress(`{to: [${TO_DNS}], ports: [{port: dns, protocol: UDP}]}`)), [
    false,
    false,
  ]);
});

test('rules that do not', async () => {
  const wrong = [
    '{ports: [{port: 443}]}',
    `{to: [${TO_DNS}], ports: [{port: 54}]}`,
    '{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 443}]}',
    '{to: [{podSelector: {}}]}',
  ];
  for (const rule of wrong) assert.equal(await cutOff(egress(rule)), [true, true], rule);
});

test('what the input leaves open is taken as meant well', async () => {
  const elsewhere = '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: dns}}}';
  assert.equal(await cutOff(egress(`{to: [${elsewhere}], ${UDP_53}}`)), [true, false]);
  assert.equal(await cutOff(egress('{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}')), [true, false]);
});

test('the internet has no DNS of the cluster', async () => {
  const internet = egress('{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}');
  assert.equal(await cutOff(internet), [true, false]);
  const cache = workload(
    'kube-system',
    'cache',
    '',
    'hostNetwork: true, containers: [{ports: [{name: dns, containerPort: 53}]}]',
  );
  assert.equal(await cutOff(internet, cache), [false, false], 'NodeLocal DNSCache is at 169.254.20.10');
});

test('policies add up, and the Admin tier comes before them', async () => {
  const closed = egress('{to: [{podSelector: {matchLabels: {app: db}}}]}');
  const dns = network('shop', 'dns', `podSelector: {}, policyTypes: [Egress], egress: [{${UDP_53}}]`);
  assert.equal(await cutOff(closed, dns), [false, false]);
  const rule = (action: string): string =>
    admin(
      'a',
      1,
      `egress: [{action: ${action}, to: [{networks: [0.0.0.0/0, '::/0']}], ports: [{portNumber: {port: 53, protocol: UDP}}, {portNumber: {port: 53}}]}]`,
    );
  assert.equal(await cutOff(closed, dns, rule('Deny')), [true, true]);
  assert.equal(await cutOff(closed, rule('Allow')), [false, false]);
});

test('DNS on another port, and pods that serve it themselves', async () => {
  const server = workload(
    'dns',
    'server',
    '',
    'containers: [{ports: [{name: dns, containerPort: 53, protocol: UDP}]}]',
  );
  const openshift = workload(
    'kube-system',
    'dns',
    ', k8s-app: kube-dns',
    'containers: [{ports: [{name: dns, containerPort: 5353, protocol: UDP}]}]',
  );
  const toAll = egress('{to: [{namespaceSelector: {}}], ports: [{port: 5353, protocol: UDP}]}');
  assert.equal(await found('egress-without-dns', WEB, DNS, toAll), [
    'isolates for egress, and Deployment shop/web can reach no DNS server',
  ]);
  assert.equal(await found('egress-without-dns', WEB, openshift, toAll), []);
  const closed = network(
    'dns',
    'np',
    'podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]',
  );
  assert.equal(await found('egress-without-dns', server, closed), []);
});

test('pods that may connect to nobody are for information; those isolated for ingress only are not found', async () => {
  const findings = await lintYaml([WEB, DNS, egress()].join('\n---\n'));
  const about = findings.filter(({ rule }) => rule === 'egress-without-dns');
  assert.equal(
    about.map(({ severity, message }) => [severity, message]),
    [['info', 'isolates for egress, and Deployment shop/web may connect to nobody, not even to DNS']],
  );
  assert.equal(await found('egress-without-dns', WEB, network('shop', 'np', 'podSelector: {}')), []);
});

test('one finding for all workloads of a policy', async () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => workload('shop', name));
  const policy = network(
    'shop',
    'np',
    'podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]',
  );
  assert.equal(await found('egress-without-dns', ...all, policy), [
    'isolates for egress, and Deployment shop/a, Deployment shop/b, Deployment shop/c and 2 more can reach no DNS server',
  ]);
});

test('workloads that no policy isolates, by direction', async () => {
  const open = (...documents: string[]): Promise<string[]> => found('unisolated-pods', ...documents);
  const [inward, outward] = [
    'no policy isolates its pods for ingress: everybody whom no rule denies may connect to them',
    'no policy isolates its pods for egress: they may connect to everybody whom no rule denies',
  ];
  assert.equal(await open(WEB), [inward, outward]);
  assert.equal(await open(WEB, network('shop', 'np', 'podSelector: {}')), [outward]);
  assert.equal(await open(WEB, network('ops', 'np', 'podSelector: {}')), [inward, outward]);
  assert.equal(await open(WEB, egress()), [inward]);
  assert.equal(await open(WEB, network('shop', 'np', 'podSelector: {}, policyTypes: [Ingress, Egress]')), []);
});

test('S7: other tiers do not isolate, but pods are not open where one denies everybody', async () => {
  const rules = (action: string, peer = 'namespaces: {}', more = ''): string =>
    `ingress: [{action: ${action}, from: [{${peer}}]${more}}]`;
  const directions = async (policy: string): Promise<(string | undefined)[]> =>
    (await found('unisolated-pods', WEB, policy)).map((message) => /for (\w+)/.exec(message)?.[1]);
  assert.equal(await directions(baseline(rules('Deny'))), ['egress']);
  assert.equal(await directions(admin('a', 1, rules('Deny'))), ['egress']);
  const anywhere = 'egress: [{action: Deny, to: [{networks: [0.0.0.0/0]}]}]';
  assert.equal(await directions(baseline(anywhere)), ['ingress']);
  const narrow = [
    rules('Deny', 'namespaces: {matchLabels: {team: x}}'),
    rules('Deny', 'pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: x}}}'),
    rules('Deny', 'namespaces: {}', ', ports: [{portNumber: {protocol: TCP, port: 22}}]'),
    'egress: [{action: Deny, to: [{networks: [169.254.169.254/32]}, {nodes: {}}]}]',
  ];
  for (const some of narrow) assert.equal(await directions(baseline(some)), ['ingress', 'egress']);
  assert.equal(await directions(admin('a', 1, rules('Allow'))), ['ingress', 'egress']);
  assert.equal(await directions(admin('a', 1, rules('Pass'))), ['ingress', 'egress']);
});

test('of a workload whose pods differ the open ones count; S42, S44: some pods never do', async () => {
  const pod = (name: string, labels: string, more = '', status = ''): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {${labels}}, ownerReferences: [{kind: StatefulSet, name: db, controller: true}]}, spec: {containers: [], ${more}}, status: {${status}}}`;
  const policy = network(
    'shop',
    'np',
    'podSelector: {matchLabels: {role: primary}}, policyTypes: [Ingress, Egress]',
  );
  const [message] = await found(
    'unisolated-pods',
    pod('db-0', 'role: primary'),
    pod('db-1', ''),
    pod('db-2', ''),
    policy,
  );
  assert.match(message ?? '', 'no policy isolates 2 of its 3 pods for ingress');
  assert.equal(
    await found('unisolated-pods', pod('a', '', 'hostNetwork: true'), pod('b', '', '', 'phase: Failed')),
    [],
  );
});

test('S50: of pods that a rejected policy selects nothing is said', async () => {
  const rejected = network(
    'shop',
    'np',
    'podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{}]}]',
  );
  assert.equal(await found('unisolated-pods', WEB, rejected), []);
  const closed = network(
    'shop',
    'other',
    'podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}]}]',
  );
  assert.equal(await found('egress-without-dns', WEB, rejected, closed), []);
});

test.run();
