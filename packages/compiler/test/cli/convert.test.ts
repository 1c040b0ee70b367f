import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { withFiles } from '../support/checkout.ts';
import { runHere } from '../support/in-process.ts';
import { DENY_ALL, pod } from './support.ts';

const anp = (name: string, priority: number, more = ''): string =>
  `apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: ${name}}\n` +
  `spec: {priority: ${priority}, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]${more}}]}\n---\n`;
const CNP =
  'apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: taken}\n' +
  'spec: {tier: Admin, priority: 1, subject: {namespaces: {}}}\n---\n';
const PODS = pod('a', '10.0.0.1', 'n') + pod('b', '10.0.0.2', 'n');

const convert = (text: string) =>
  withFiles({ 'in.yaml': text }, (folder) => runHere(['convert', '-f', 'in.yaml'], folder));

test('the answer is YAML that is read again, and the proof is told on stderr', async () => {
  const { code, stdout, stderr } = await convert(anp('x', 1) + PODS);
  assert.is(code, 0);
  assert.is(
    stderr,
    'note: 1 of 1 converted, into 1 object of kind ClusterNetworkPolicy\n' +
      'note: the decisions of this cluster stay the same: compared for 1 kind of pods with 2 kinds of peers, in both directions, on every port and protocol\n',
  );
  const before = await withFiles({ 'in.yaml': anp('x', 1) + PODS }, (folder) =>
    runHere(['--dry-run', '-f', 'in.yaml'], folder),
  );
  const after = await withFiles({ 'in.yaml': `${stdout}---\n${PODS}` }, (folder) =>
    runHere(['--dry-run', '-f', 'in.yaml'], folder),
  );
  assert.is(after.code, 0, after.stderr);
  assert.is(after.stdout.replaceAll('ClusterNetworkPolicy', 'AdminNetworkPolicy'), before.stdout);
});

test('strings stay strings for readers of YAML 1.1, such as kubectl, and of 1.2', async () => {
  const words = [
    'yes',
    'on',
    'No',
    'y',
    'n',
    'true',
    'null',
    '~',
    '1:30',
    '0777',
    '0o17',
    '1_000',
    '1e3',
    '2020-01-01',
    '=',
  ];
  const names = words.map((name) => ({ name, action: 'Deny', from: [{ namespaces: {} }] }));
  const policy = {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'on', labels: { y: 'off', no: '1_0' } },
    spec: { priority: 1, subject: { namespaces: {} }, ingress: names },
  };
  const { code, stdout } = await convert(JSON.stringify(policy));
  assert.is(code, 0);
  for (const version of ['1.1', '1.2'] as const) {
    const [document] = parseAllDocuments(stdout, { version });
    const { metadata, spec } = document?.toJS() ?? {};
    assert.equal(metadata, policy.metadata);
    assert.equal(
      spec.ingress.map(({ name }: { name: unknown }) => name),
      words,
    );
  }
});

test('without anything to convert there is a note, and no output', async () => {
  const { code, stdout, stderr } = await convert(DENY_ALL);
  assert.is(code, 0);
  assert.is(stdout, '');
  assert.is(stderr, 'note: there is no AdminNetworkPolicy and no BaselineAdminNetworkPolicy to convert\n');
});

test('what is refused is shown with its place; the others are converted; the exit code is 2', async () => {
  const { code, stdout, stderr } = await convert(CNP + anp('taken', 2) + anp('free', 3) + PODS);
  assert.is(code, 2);
  assert.match(stdout, 'name: free');
  assert.not.match(stdout, 'taken');
  assert.match(
    stderr,
    'in.yaml:6:1: AdminNetworkPolicy taken: there is a ClusterNetworkPolicy taken besides it; expected a name of its own [not-convertible]\n    apiVersion',
  );
  assert.match(stderr, '1 of 2 converted, into 1 object');
});

test('where nothing is converted, nothing is printed and nothing claimed', async () => {
  const { code, stdout, stderr } = await convert(CNP + anp('taken', 2));
  assert.is(code, 2);
  assert.is(stdout, '');
  assert.not.match(stderr, 'stay the same');
});

test('a broken one is an error of the input, a second one with the same name too', async () => {
  const { code, stdout } = await convert(anp('x', 1) + anp('x', 2) + anp('y', 2000));
  assert.is(code, 2);
  const documents = parseAllDocuments(stdout);
  assert.equal(
    documents.map((document) => document.toJS().spec.priority),
    [1],
  );
});

test('a hostile name cannot be more than a name', async () => {
  const name = 'a"}\n---\nkind: Pod\u202e\u{1f4a3}\u0007';
  const named = anp('x', 1, `, name: ${JSON.stringify(name)}`);
  const { code, stdout } = await convert(named + PODS);
  assert.is(code, 0);
  assert.match(stdout, /^[\n -~]*$/);
  const [document, ...others] = parseAllDocuments(stdout);
  assert.is(others.length, 0);
  assert.is(document?.toJS().spec.ingress[0].name, name);
});

test.run();
