import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EMPTY_CLUSTER, withApiServer } from '../objects/api-server.ts';
import { withFiles } from '../support/checkout.ts';
import { runHere } from '../support/in-process.ts';
import type { Ended } from '../support/subprocess.ts';
import { kncompile, node, pod, policy } from './support.ts';

const PODS = `${node('n')}${pod('a', '10.0.0.1', 'n')}${pod('b', '10.0.0.2', 'n')}`;
const ALLOW = policy('np', '{podSelector: {}, ingress: [{ports: [{port: 80}]}]}');

const diff = (old: string, now: string, ...args: string[]): Promise<Ended> =>
  withFiles({ 'old.yaml': old, 'new.yaml': now }, (folder) =>
    runHere(['diff', 'old.yaml', 'new.yaml', ...args], folder),
  );

test('the same input has no difference', async () => {
  const { code, stdout, stderr } = await diff(PODS + ALLOW, PODS + ALLOW);
  assert.is(code, 0);
  assert.is(stdout, 'ruleset of n: no change\n');
  assert.is(stderr, 'note: every decision is the same\n');
});

test('the order of objects is no difference', async () => {
  assert.is((await diff(PODS + ALLOW, ALLOW + PODS)).code, 0);
});

test('other words for the same are no difference', async () => {
  const reworded =
    policy(
      'one',
      '{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 80, endPort: 80, protocol: TCP}]}]}',
    ) + policy('two', '{podSelector: {matchExpressions: [{key: k, operator: DoesNotExist}]}, ingress: []}');
  const { code, stderr } = await diff(PODS + ALLOW, PODS + reworded);
  assert.is(stderr, 'note: every decision is the same\n');
  assert.is(code, 0);
});

test('a block that is cut in two is no difference', async () => {
  const from = (...cidrs: string[]): string =>
    policy(
      'np',
      `{podSelector: {}, ingress: [{from: [${cidrs.map((cidr) => `{ipBlock: {cidr: ${cidr}}}`)}]}]}`,
    );
  const whole = PODS + from('192.0.2.0/24');
  assert.is((await diff(whole, PODS + from('192.0.2.0/25', '192.0.2.128/25'))).code, 0);
  const { code, stdout } = await diff(whole, PODS + from('192.0.2.0/25', '198.51.100.0/24'));
  assert.is(code, 1);
  assert.equal(stdout.split('\n').slice(0, 4), [
    '- 192.0.2.128-192.0.2.255[External] => default/a[Pod] : all connections',
    '- 192.0.2.128-192.0.2.255[External] => default/b[Pod] : all connections',
    '+ 198.51.100.0-198.51.100.255[External] => default/a[Pod] : all connections',
    '+ 198.51.100.0-198.51.100.255[External] => default/b[Pod] : all connections',
  ]);
});

test('a workload whose pods have other names is the same one', async () => {
  const owned = (name: string, address: string): string =>
    pod(name, address, 'n').replace(
      '{name:',
      '{ownerReferences: [{kind: ReplicaSet, name: web, controller: true}], name:',
    );
  const { code, stdout } = await diff(
    node('n') + owned('web-1', '10.0.0.1') + pod('b', '10.0.0.2', 'n') + ALLOW,
    node('n') + owned('web-2', '10.0.0.3') + pod('b', '10.0.0.2', 'n') + ALLOW,
  );
  assert.not.match(stdout, '=>');
  // Other addresses are another ruleset all the same.
  assert.match(stdout, /^ruleset of n: [1-9]/);
  assert.is(code, 1);
});

test('a workload that goes loses all of its connections', async () => {
  const { code, stdout } = await diff(PODS, PODS.replace(pod('b', '10.0.0.2', 'n'), ''));
  assert.is(code, 1);
  assert.match(stdout, '- default/a[Pod] => default/b[Pod] : all connections\n');
  assert.match(stdout, '- default/b[Pod] => default/a[Pod] : all connections\n');
  assert.match(stdout, /\ndefault\/b\[Pod\] loses 4\n/);
});

const anp = (egress: string): string =>
  'apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: x}\n' +
  `spec: {priority: 1, subject: {namespaces: {}}, egress: [${egress}]}\n---\n`;

test('what no list of connections shows is a difference too: nodes', async () => {
  const { code, stderr } = await diff(PODS, PODS + anp('{action: Deny, to: [{nodes: {}}]}'));
  assert.is(code, 0, 'the node has no address');
  const addressed = PODS.replace('{name: n}\n', '{name: n}\nstatus: {addresses: [{address: 192.0.2.1}]}\n');
  const other = await diff(addressed, addressed + anp('{action: Deny, to: [{nodes: {}}]}'));
  assert.is(other.code, 1, stderr);
  assert.match(other.stderr, 'no listed connection differs, but others do');
});

test('what no list of connections shows is a difference too: DNS names', async () => {
  const deny = '{action: Deny, to: [{networks: [0.0.0.0/0]}]}';
  const allow = '{action: Allow, to: [{domainNames: [example.com]}]}';
  const { code, stderr } = await diff(PODS + anp(deny), PODS + anp(`${allow}, ${deny}`));
  assert.is(code, 1);
  assert.match(stderr, 'no listed connection differs, but others do');
});

test('-n and -l choose connections, and the exit code follows what is shown', async () => {
  const denied = PODS + policy('np', '{podSelector: {}}');
  assert.is((await diff(PODS, denied, '-n', 'default')).code, 1);
  const { code, stdout } = await diff(PODS, denied, '-n', 'elsewhere');
  assert.is(stdout, '');
  assert.is(code, 0);
  assert.is((await diff(PODS, denied, '-A')).code, 1);
  assert.is((await diff(PODS, denied, '-l', 'app=none')).code, 0);
});

test('--node adds the transaction', async () => {
  const { code, stdout } = await diff(PODS, PODS + ALLOW, '--node', 'n');
  assert.is(code, 1);
  assert.match(stdout, 'add element inet kncompile ingress_ports4 {');
  const json = JSON.parse((await diff(PODS, PODS + ALLOW, '--node', 'n', '-o', 'json')).stdout);
  assert.ok(json.rulesets[0].transaction.elements.length > 0);
  const unknown = await diff(PODS, PODS, '--node', 'm');
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, 'neither input has a node "m"\n  n\n');
});

test('wrong use and bad input are exit code 2', async () => {
  for (const words of [
    [],
    ['a'],
    ['-', '-'],
    ['', 'x'],
    ['a', 'b', 'c'],
    ['a', 'b', '-o', 'csv'],
    ['a', 'b', '--context', 'c'],
  ])
    assert.is((await runHere(['diff', ...words])).code, 2, words.join(' '));
  const missing = await diff(PODS, PODS, '--pod-cidr', 'x');
  assert.is(missing.code, 2);
  const broken = policy('odd', '{podSelector: 7}');
  const { code, stdout } = await diff(PODS, PODS + broken + ALLOW);
  assert.is(code, 2);
  assert.match(stdout, '~ default/a[Pod] => default/b[Pod]');
  assert.is((await runHere(['diff', 'nowhere', 'fixtures/shop'])).code, 2);
});

test('one side may be stdin, and one may be empty', async () => {
  await withFiles({ 'new.yaml': PODS, 'none.yaml': '' }, async (cwd) => {
    const { code } = await kncompile(['diff', '-', 'new.yaml'], { cwd, stdin: PODS });
    assert.is(code, 0);
    const gone = await kncompile(['diff', 'new.yaml', 'none.yaml'], { cwd });
    assert.is(gone.code, 1);
    assert.match(gone.stdout, '- default/a[Pod] => default/b[Pod]');
  });
});

const LIVE = {
  ...EMPTY_CLUSTER,
  '/api/v1/nodes': [{ metadata: { name: 'n' } }],
  '/api/v1/pods': ['1', '2'].map((last) => ({
    metadata: { name: last === '1' ? 'a' : 'b', namespace: 'default' },
    spec: { nodeName: 'n' },
    status: { podIPs: [{ ip: `10.0.0.${last}` }] },
  })),
};

test('either side may be the live cluster, by a context of the kubeconfig', async () => {
  await withApiServer(LIVE, ({ url }) => {
    const config = JSON.stringify({
      'current-context': 'none',
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'one:two', context: { cluster: 'c', user: 'u' } }],
    });
    return withFiles({ config, 'new.yaml': PODS + ALLOW, live: PODS }, async (folder) => {
      const words = ['--kubeconfig', 'config'];
      const { code, stdout } = await runHere(['diff', 'live:one:two', 'new.yaml', ...words], folder);
      assert.is(code, 1);
      assert.match(stdout, '~ default/a[Pod] => default/b[Pod] : all connections -> TCP 80\n');
      assert.is(
        (await runHere(['diff', './live', 'live', '--context', 'one:two', ...words], folder)).code,
        0,
      );
      assert.is((await runHere(['diff', 'new.yaml', 'live', ...words], folder)).code, 2);
    });
  });
});

test('a side with made-up addresses is not compared by its ruleset with one that has real ones', async () => {
  const unreal = PODS.replace('status: {podIPs: [{ip: 10.0.0.1}]}\n', '').replace(
    'status: {podIPs: [{ip: 10.0.0.2}]}\n',
    '',
  );
  const { code, stdout, stderr } = await diff(PODS + ALLOW, unreal + ALLOW, '--pod-cidr', '10.1.0.0/16');
  assert.is(code, 0);
  assert.is(stdout, '');
  assert.match(stderr, 'rulesets are not compared');
});

test('a comment is never longer than GitHub takes', async () => {
  const pods = Array.from({ length: 60 }, (_, i) =>
    pod(`pod-with-a-long-name-${i}`, `10.0.1.${i}`, 'n'),
  ).join('');
  const input = node('n') + pods;
  const { code, stdout } = await diff(
    input,
    input + policy('np', '{podSelector: {}}'),
    '-o',
    'md',
    '--node',
    'n',
  );
  assert.is(code, 1);
  assert.ok(Buffer.byteLength(stdout) <= 65_536);
  assert.ok(stdout.length > 60_000);
  assert.match(stdout, /^### Connections: \d+ removed/);
  assert.match(stdout, /… and \d+ connections more/);
  assert.is(stdout.split('<details>').length, stdout.split('</details>').length);
});

test('a name is no markup, in whatever place of a comment', async () => {
  const name = 'x`|</summary>\u202e';
  const odd = pod('c', '10.0.0.3', 'n').replace('{name: c}', `{name: ${JSON.stringify(name)}}`);
  const { stdout } = await diff(PODS, PODS + odd, '-o', 'md');
  assert.not.match(stdout, name);
  assert.not.match(stdout, '\u202e');
  assert.match(stdout, '&#124;');
});

test.run();
