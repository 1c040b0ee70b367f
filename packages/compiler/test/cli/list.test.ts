import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFiles } from '../support/checkout.ts';
import { runHere } from '../support/in-process.ts';
import type { Ended } from '../support/subprocess.ts';
import { deployment, node, pod, policy } from './support.ts';

const list = (yaml: string, ...args: readonly string[]): Promise<Ended> =>
  withFiles({ 'input.yaml': yaml }, (folder) => runHere(['list', '-f', `${folder}/input.yaml`, ...args]));

/** The text of the rows without those that have an outside end, unless wanted. */
async function rows(
  yaml: string,
  { outside = false, args = [] as readonly string[] } = {},
): Promise<string[]> {
  const { stdout, code } = await list(yaml, '-o', 'text', ...args);
  assert.is(code, 0);
  return stdout.split('\n').filter((line) => line !== '' && (outside || !line.includes('[External]')));
}

const V4 = '0.0.0.0-255.255.255.255[External]';
const V6 = '::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff[External]';

const labelled = (name: string, labels: string, addresses: readonly string[], more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {${labels}}${more}}\n` +
  `spec: {nodeName: n1, containers: []}\n` +
  `status: {podIPs: [${addresses.map((ip) => `{ip: "${ip}"}`).join(', ')}]}\n---\n`;

const ownedBy = (name: string): string =>
  `, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: ${name}, uid: u, controller: true}]`;

/** Egress of the pods that the labels select: an AdminNetworkPolicy. */
const admin = (name: string, spec: string): string =>
  `apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: ${name}}\nspec: {priority: 1, ${spec}}\n---\n`;

test('without policies everything is open, in the families that a pod has', async () => {
  const yaml =
    pod('a', '10.0.0.1') + labelled('b', '', ['10.0.0.2', 'fd00::2']) + labelled('c', '', ['fd00::3']);
  assert.equal(await rows(yaml, { outside: true }), [
    `${V4} => default/a[Pod] : all connections`,
    `${V4} => default/b[Pod] : all connections`,
    `${V6} => default/b[Pod] : all connections`,
    `${V6} => default/c[Pod] : all connections`,
    `default/a[Pod] => ${V4} : all connections`,
    'default/a[Pod] => default/b[Pod] : all connections',
    `default/b[Pod] => ${V4} : all connections`,
    `default/b[Pod] => ${V6} : all connections`,
    'default/b[Pod] => default/a[Pod] : all connections',
    'default/b[Pod] => default/c[Pod] : all connections',
    `default/c[Pod] => ${V6} : all connections`,
    'default/c[Pod] => default/b[Pod] : all connections',
  ]);
});

test('egress at the source and ingress at the destination must both allow (S1)', async () => {
  const yaml =
    labelled('a', 'app: a', ['10.0.0.1']) +
    labelled('b', 'app: b', ['10.0.0.2']) +
    policy(
      'out',
      '{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{ports: [{port: 80, endPort: 90}, {port: 53, protocol: UDP}]}]}',
    ) +
    policy(
      'in',
      '{podSelector: {matchLabels: {app: b}}, ingress: [{ports: [{port: 85, endPort: 99}, {port: 53}]}]}',
    );
  assert.equal(await rows(yaml), [
    'default/a[Pod] => default/b[Pod] : TCP 85-90',
    'default/b[Pod] => default/a[Pod] : all connections',
  ]);
});

test('ports are sorted, merged and within 1-65535; ICMP and the rest are "other"', async () => {
  const rest = 'ports: [{portRange: {protocol: TCP, start: 100, end: 65535}}]';
  const yaml =
    pod('a', '10.0.0.1') +
    labelled('b', 'app: b', ['10.0.0.2']) +
    policy(
      'in',
      '{podSelector: {matchLabels: {app: b}}, ingress: [{ports: [{port: 445}, {port: 443, endPort: 444}, {port: 80}, {port: 7, protocol: SCTP}, {protocol: UDP}]}]}',
    ) +
    labelled('c', 'app: c', ['10.0.0.3']) +
    admin(
      'cut',
      `subject: {pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: c}}}}, ingress: [{action: Deny, from: [{namespaces: {}}], ${rest}}]`,
    );
  const found = await rows(yaml);
  assert.ok(found.includes('default/a[Pod] => default/b[Pod] : TCP 80,443-445; UDP 1-65535; SCTP 7'));
  assert.ok(found.includes('default/a[Pod] => default/c[Pod] : TCP 1-99; UDP 1-65535; SCTP 1-65535; other'));
  const { stdout } = await list(yaml, '-o', 'json');
  const { connections } = JSON.parse(stdout);
  const allowed = (name: string): unknown =>
    connections.find(
      ({ src, dst }: { src: { name?: string }; dst: { name?: string } }) =>
        src.name === 'a' && dst.name === name,
    ).allowed;
  assert.equal(allowed('b'), {
    TCP: [
      [80, 80],
      [443, 445],
    ],
    UDP: [[1, 65535]],
    SCTP: [[7, 7]],
    other: false,
  });
  assert.equal(allowed('c'), { TCP: [[1, 99]], UDP: [[1, 65535]], SCTP: [[1, 65535]], other: true });
});

test('a pair that has several addresses may talk if one pair of one family may', async () => {
  const yaml =
    labelled('a', 'app: a', ['10.0.0.1', 'fd00::1']) +
    labelled('b', 'app: b', ['10.0.0.2', 'fd00::2']) +
    labelled('c', 'app: c', ['fd00::3']) +
    policy(
      'in',
      '{podSelector: {matchLabels: {app: b}}, ingress: [{from: [{ipBlock: {cidr: "fd00::/120"}}], ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 10.0.0.1/32}}], ports: [{port: 22}]}]}',
    );
  assert.equal(
    (await rows(yaml)).filter((line) => line.includes('=> default/b[Pod]')),
    ['default/a[Pod] => default/b[Pod] : TCP 22,80', 'default/c[Pod] => default/b[Pod] : TCP 80'],
  );
});

test('the outside is cut at blocks, and joined again where nothing changes; pods and nodes are not cut out', async () => {
  const yaml =
    node('n1').replace('---\n', 'status: {addresses: [{type: InternalIP, address: 10.9.0.1}]}\n---\n') +
    labelled('a', 'app: a', ['10.0.0.1']) +
    policy(
      'in',
      '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}], ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 10.1.0.0/17}}], ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 192.0.2.7/32}}]}]}',
    );
  assert.equal(await rows(yaml, { outside: true }), [
    '10.0.0.0-10.1.127.255[External] => default/a[Pod] : TCP 80',
    '10.2.0.0-10.255.255.255[External] => default/a[Pod] : TCP 80',
    '192.0.2.7-192.0.2.7[External] => default/a[Pod] : all connections',
    `default/a[Pod] => ${V4} : all connections`,
  ]);
});

test('pods of one owner are one end while their verdicts are equal', async () => {
  const pods =
    labelled('db-0', 'app: db, n: "0"', ['10.0.0.1'], ownedBy('db')) +
    labelled('db-1', 'app: db, n: "1"', ['10.0.0.2'], ownedBy('db')) +
    pod('web', '10.0.0.9', 'n1');
  const among = policy(
    'among',
    '{podSelector: {matchLabels: {n: "1"}}, ingress: [{from: [{podSelector: {matchLabels: {n: "0"}}}]}, {from: [{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}, {ipBlock: {cidr: 0.0.0.0/0}}]}]}',
  );
  assert.equal(await rows(pods + among), [
    'default/db[StatefulSet] => default/web[Pod] : all connections',
    'default/web[Pod] => default/db[StatefulSet] : all connections',
  ]);
  const apart = policy('apart', '{podSelector: {matchLabels: {n: "1"}}, ingress: []}');
  assert.equal(await rows(pods + apart), [
    'default/db[StatefulSet]{db-0} => default/web[Pod] : all connections',
    'default/db[StatefulSet]{db-1} => default/web[Pod] : all connections',
    'default/web[Pod] => default/db[StatefulSet]{db-0} : all connections',
  ]);
  const { stdout } = await list(pods + apart, '-o', 'json');
  const [row] = JSON.parse(stdout).connections.filter(
    ({ src, dst }: { src: { name?: string }; dst: { name?: string } }) =>
      src.name === 'web' && dst.name === 'db',
  );
  assert.equal(row, {
    src: { namespace: 'default', name: 'web', kind: 'Pod' },
    dst: { namespace: 'default', name: 'db', kind: 'StatefulSet', pods: ['db-0'] },
    allowed: 'all',
  });
});

test('owners of one name and other kinds or namespaces are other ends', async () => {
  const yaml = deployment('x', 2) + deployment('x', 1).replace('Deployment', 'StatefulSet');
  assert.equal(await rows(yaml), [
    'default/x[Deployment] => default/x[StatefulSet] : all connections',
    'default/x[StatefulSet] => default/x[Deployment] : all connections',
  ]);
});

test('nodes are no ends, but nodes and networks count as peers of pods', async () => {
  const yaml =
    node('n1').replace('---\n', 'status: {addresses: [{type: InternalIP, address: 172.18.0.2}]}\n---\n') +
    labelled('a', 'app: a', ['10.0.0.1']) +
    labelled('b', 'app: b', ['10.0.0.2']) +
    admin(
      'nets',
      'subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.2/32]}]}, {action: Deny, to: [{nodes: {}}]}]',
    );
  const found = await rows(yaml, { outside: true });
  assert.ok(found.includes('default/b[Pod] => default/a[Pod] : all connections'));
  assert.ok(found.includes('default/a[Pod] => 0.0.0.0-10.0.0.1[External] : all connections'));
  assert.ok(found.includes('default/a[Pod] => 10.0.0.3-255.255.255.255[External] : all connections'));
  assert.not.ok(found.some((line) => line.startsWith('default/a[Pod] => default/b[Pod]')));
});

test('named ports are those of the destination (S25)', async () => {
  const served = (name: string, port: number): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: c, ports: [{name: http, containerPort: ${port}}]}]}\n` +
    `status: {podIPs: [{ip: 10.0.0.${port}}]}\n---\n`;
  const yaml =
    served('a', 80) +
    served('b', 81) +
    policy('out', '{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}');
  assert.equal(await rows(yaml, { outside: true }), [
    `${V4} => default/a[Pod] : all connections`,
    `${V4} => default/b[Pod] : all connections`,
    'default/a[Pod] => default/b[Pod] : TCP 81',
    'default/b[Pod] => default/a[Pod] : TCP 80',
  ]);
});

test('pods that are not listed are counted on stderr', async () => {
  const yaml =
    pod('a', '10.0.0.1') +
    pod('b', '10.0.0.2').replace('status: {', 'status: {phase: Failed, ') +
    pod('c', '10.0.0.3').replace('spec: {', 'spec: {hostNetwork: true, ') +
    pod('d', '10.0.0.1');
  const { stdout, stderr, code } = await list(yaml, '-o', 'text');
  assert.is(code, 0);
  assert.match(stderr, 'note: 3 pods not listed: 1 on the host network, 1 finished, 1 without an address\n');
  assert.equal(
    stdout.split('\n').filter((line) => line.startsWith('default/')),
    [`default/d[Pod] => ${V4} : all connections`],
  );
});

test('what only a DNS name allows is left out, and said on stderr (S37)', async () => {
  const yaml =
    pod('a', '10.0.0.1') +
    admin(
      'names',
      'subject: {namespaces: {}}, egress: [{action: Allow, to: [{domainNames: [x.example.com, "*.example.org"]}]}, {action: Deny, to: [{networks: [0.0.0.0/0, "::/0"]}]}]',
    );
  const { stdout, stderr } = await list(yaml, '-o', 'text');
  assert.is(stdout, `${V4} => default/a[Pod] : all connections\n`);
  assert.match(
    stderr,
    'note: rules for DNS names may allow more than is listed: *.example.org, x.example.com\n',
  );
});

test('made-up addresses are mentioned where blocks can tell them from others', async () => {
  const everywhere = policy(
    'any',
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [192.0.2.0/24]}}]}]}',
  );
  assert.is((await list(deployment('a', 2) + everywhere)).stderr, '');
  const inside = policy('some', '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}');
  assert.match(
    (await list(deployment('a', 2) + inside)).stderr,
    'note: 2 pods with made-up addresses in blocks',
  );
});

test('pods of templates have the families of --pod-cidr', async () => {
  const found = await rows(deployment('a', 2), { outside: true, args: ['--pod-cidr', '10.8.0.0/16'] });
  assert.equal(found, [
    `${V4} => default/a[Deployment] : all connections`,
    `default/a[Deployment] => ${V4} : all connections`,
  ]);
});

test('-n and -l show connections with an end that passes', async () => {
  const yaml =
    labelled('a', 'app: a', ['10.0.0.1']) +
    labelled('b', 'app: b', ['10.0.0.2']) +
    labelled('c', 'app: c', ['10.0.0.3'], ', namespace: other');
  assert.equal(await rows(yaml, { args: ['-n', 'other'] }), [
    'default/a[Pod] => other/c[Pod] : all connections',
    'default/b[Pod] => other/c[Pod] : all connections',
    'other/c[Pod] => default/a[Pod] : all connections',
    'other/c[Pod] => default/b[Pod] : all connections',
  ]);
  assert.equal(await rows(yaml, { args: ['-n', 'default', '-l', 'app notin (a,c)'] }), [
    'default/a[Pod] => default/b[Pod] : all connections',
    'default/b[Pod] => default/a[Pod] : all connections',
    'default/b[Pod] => other/c[Pod] : all connections',
    'other/c[Pod] => default/b[Pod] : all connections',
  ]);
  assert.is((await rows(yaml, { args: ['-n', 'other', '-A'] })).length, 6);
  const { stdout, stderr, code } = await list(yaml, '-n', 'nowhere', '-o', 'json');
  assert.is(code, 0);
  assert.is(stdout, '{"connections":[]}\n');
  assert.match(
    stderr,
    'note: the input has no namespace "nowhere"\nnote: there are no connections to show\n',
  );
});

test('nothing in, nothing out', async () => {
  const { stdout, stderr, code } = await list('# empty\n', '-o', 'json');
  assert.is(stdout, '{"connections":[]}\n');
  assert.is(stderr, 'note: the input holds no policies, pods, namespaces or nodes\n');
  assert.is(code, 0);
  for (const format of ['table', 'text']) assert.is((await list('# empty\n', '-o', format)).stdout, '');
});

test('objects with errors are left out, and the rest is listed; exit code 2', async () => {
  const { stdout, stderr, code } = await list(
    `${pod('a', '10.0.0.1')}apiVersion: v1\nkind: Pod\nmetadata: {}\n`,
    '-o',
    'text',
  );
  assert.is(code, 2);
  assert.match(stdout, 'default/a[Pod]');
  assert.match(stderr, '1 error');
});

const WRONG: readonly (readonly [args: readonly string[], says: string])[] = [
  [['-o', 'xml'], 'Choices: "table", "text", "json", "csv", "md", "dot", "mermaid", "svg"'],
  [['-l', 'a=b=c'], '--selector a=b=c: '],
  [['-n'], '-n needs a value'],
  [['-n', ''], '-n needs the name of a namespace'],
  [['-A', '-A'], '-A is given twice'],
  [['--dry-run'], 'Unknown argument: --dry-run'],
];

for (const [args, says] of WRONG) {
  test(`wrong use: list ${args.join(' ')}`, async () => {
    const { stdout, stderr, code } = await list(pod('a', '10.0.0.1'), ...args);
    assert.is(code, 2);
    assert.is(stdout, '');
    assert.match(stderr, says);
  });
}

test.run();
