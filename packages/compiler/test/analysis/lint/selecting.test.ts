/** subject-selects-nothing, peer-selects-nothing, host-network-subject and undefined-named-port. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { admin, found, lintYaml, namespace, network, workload } from './support.ts';

const WEB = workload('shop', 'web', '', 'containers: [{ports: [{name: http, containerPort: 8080}]}]');
const pod = (name: string, status: string, spec = ''): string =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: shop, labels: {app: ${name}}}, spec: {containers: [], ${spec}}, status: {${status}}}`;

const subject = (spec: string, ...more: string[]): Promise<string[]> =>
  found('subject-selects-nothing', WEB, network('shop', 'np', spec), ...more);

test('a policy that selects no pod, and which half of its selector is the reason', async () => {
  assert.equal(await subject('podSelector: {matchLabels: {app: wbe}}'), [
    'the policy selects no pod: namespace shop has no pod with these labels',
  ]);
  assert.equal(await subject('podSelector: {matchLabels: {app: web}}'), []);
  assert.equal(await subject('podSelector: {}'), []);
  assert.equal(await found('subject-selects-nothing', WEB, network('shpo', 'np', 'podSelector: {}')), [
    'the policy selects no pod: no namespace is called shpo',
  ]);
  assert.equal(
    await found(
      'subject-selects-nothing',
      WEB,
      namespace('ops', ''),
      network('ops', 'np', 'podSelector: {}'),
    ),
    ['the policy selects no pod: namespace ops has no pod'],
  );
  assert.equal(
    await found(
      'subject-selects-nothing',
      WEB,
      admin('a', 1, 'ingress: []', 'namespaces: {matchLabels: {team: x}}'),
    ),
    ['the policy selects no pod: no namespace has these labels'],
  );
});

test('the caret stands under the selector', async () => {
  const text = [
    'apiVersion: networking.k8s.io/v1',
    'kind: NetworkPolicy',
    'metadata: {name: np, namespace: shop}',
    'spec:',
    '  podSelector: {matchLabels: {app: wbe}}',
  ];
  const [finding] = (await lintYaml(`${text.join('\n')}\n---\n${WEB}`)).filter(
    ({ rule }) => rule === 'subject-selects-nothing',
  );
  assert.is(finding?.source?.line, 5);
  assert.is(finding?.source?.column, 16);
  assert.is(finding?.excerpt, text[4]);
  assert.is(finding?.field, 'spec.podSelector');
});

test('without pods nothing is said of selectors', async () => {
  const policy = network(
    'shop',
    'np',
    'podSelector: {matchLabels: {app: x}}, ingress: [{from: [{podSelector: {matchLabels: {app: y}}}], ports: [{port: z}]}]',
  );
  const rules = (await lintYaml(policy)).map(({ rule }) => rule);
  assert.equal(rules, []);
  const onHost = (await lintYaml(`${policy}\n---\n${pod('x', '', 'hostNetwork: true')}`)).map(
    ({ rule }) => rule,
  );
  assert.equal(onHost, ['host-network-subject']);
});

test('S44: pods that are finished may come again', async () => {
  const done = pod('done', 'phase: Succeeded');
  assert.equal(await subject('podSelector: {matchLabels: {app: done}}', done), []);
  const peer = network(
    'shop',
    'np',
    'podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: done}}}]}]',
  );
  assert.equal(await found('peer-selects-nothing', WEB, done, peer), []);
});

test('S42: a policy for pods on the host network only', async () => {
  const onHost = pod('proxy', '', 'hostNetwork: true');
  const select = (labels: string): Promise<string[]> =>
    found('host-network-subject', WEB, onHost, network('shop', 'np', `podSelector: {${labels}}`));
  assert.equal(await select('matchLabels: {app: proxy}'), [
    'all pods that the policy selects are on the host network, where it has no effect: Pod shop/proxy',
  ]);
  assert.equal(await select(''), [], 'one of them is not');
  assert.equal(
    await subject('podSelector: {matchLabels: {app: proxy}}', onHost),
    [],
    'and nothing else is said of it',
  );
});

const peers = (direction: string, list: string, ...more: string[]): Promise<string[]> =>
  found(
    'peer-selects-nothing',
    WEB,
    namespace('ops', 'team: ops'),
    network(
      'shop',
      'np',
      `podSelector: {}, ${direction}: [{${direction === 'ingress' ? 'from' : 'to'}: [${list}]}]`,
    ),
    ...more,
  );

test('peers that match nothing, each by itself', async () => {
  assert.equal(
    await peers(
      'ingress',
      '{podSelector: {matchLabels: {app: web}}}, {podSelector: {matchLabels: {app: x}}}',
    ),
    ['a peer of ingress rule 1 matches nothing: namespace shop has no pod with these labels'],
  );
  assert.equal(await peers('egress', '{namespaceSelector: {matchLabels: {team: x}}}'), [
    'a peer of egress rule 1 matches nothing: no namespace has these labels',
  ]);
  assert.equal(await peers('egress', '{namespaceSelector: {matchLabels: {team: ops}}}'), [
    'a peer of egress rule 1 matches nothing: no selected namespace has a pod',
  ]);
  assert.equal(await peers('egress', '{namespaceSelector: {}, podSelector: {matchLabels: {app: x}}}'), [
    'a peer of egress rule 1 matches nothing: no selected namespace has a pod with these labels',
  ]);
  assert.equal(
    await peers('ingress', '{podSelector: {}}, {namespaceSelector: {}}, {ipBlock: {cidr: 192.0.2.0/24}}'),
    [],
  );
});

test('S20: every namespace has its name as a label', async () => {
  const byName = (name: string): string =>
    `{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}`;
  assert.equal(await peers('ingress', byName('shop')), []);
  assert.is((await peers('ingress', byName('shpo'))).length, 1);
});

test('S42: a peer that is on the host network only', async () => {
  assert.equal(
    await peers(
      'ingress',
      '{podSelector: {matchLabels: {app: proxy}}}',
      pod('proxy', '', 'hostNetwork: true'),
    ),
    [
      'a peer of ingress rule 1 matches nothing: all pods that it selects are on the host network, where no selector finds them (S42)',
    ],
  );
});

test('nodes, and peers behind lists of networks', async () => {
  const node = '{apiVersion: v1, kind: Node, metadata: {name: n, labels: {role: worker}}}';
  const egress = (to: string): string => admin('a', 1, `egress: [{action: Deny, to: [${to}]}]`);
  const nodes = (role: string): string => `{nodes: {matchLabels: {role: ${role}}}}`;
  assert.equal(await found('peer-selects-nothing', WEB, node, egress(nodes('worker'))), []);
  assert.equal(await found('peer-selects-nothing', WEB, egress(nodes('worker'))), [], 'no node is known');
  const text = [WEB, node, egress(`{networks: [10.0.0.0/8, 192.0.2.0/24]}, ${nodes('x')}`)].join('\n---\n');
  const [finding] = (await lintYaml(text)).filter(({ rule }) => rule === 'peer-selects-nothing');
  assert.is(finding?.message, 'a peer of egress rule 1 matches nothing: no node has these labels');
  assert.is(finding?.field, 'spec.egress[0]', 'not the wrong item of the list');
});

test('S26: named ports that nobody defines', async () => {
  const port = (name: string): Promise<string[]> =>
    found(
      'undefined-named-port',
      WEB,
      network('shop', 'np', `podSelector: {}, ingress: [{ports: [{port: ${name}}]}]`),
    );
  assert.equal(await port('http'), []);
  assert.equal(await port('grpc'), [
    'no pod that the policy selects has a port named "grpc" for TCP, so it matches nothing',
  ]);
});

test.run();
