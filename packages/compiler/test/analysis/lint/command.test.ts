import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kncompile } from '../../cli/support.ts';
import { EMPTY_CLUSTER, withApiServer } from '../../objects/api-server.ts';
import { runHere } from '../../support/in-process.ts';
import { admin, network, workload } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'lint-'));
test.after(() => rmSync(folder, { recursive: true }));

let files = 0;
/** A file with these documents. */
function file(...documents: readonly string[]): string {
  const path = join(folder, `${files++}.yaml`);
  writeFileSync(path, documents.join('\n---\n'));
  return path;
}

const FINE = network('shop', 'fine', 'podSelector: {}, policyTypes: [Ingress, Egress]');
const INERT = network('shop', 'inert', 'podSelector: {}, policyTypes: [Ingress], egress: [{}]');
const OUTSIDE = network(
  'shop',
  'outside',
  'podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [192.0.2.0/24]}}]}]',
);
const BROKEN = network('shop', 'broken', 'podSelector: {}, ingress: [{from: [{}]}]');

const EXITS: readonly (readonly [what: string, documents: readonly string[], code: number])[] = [
  ['nothing', [FINE], 0],
  ['an empty file', [''], 0],
  ['something for information', [admin('a', 1, 'ingress: []')], 0],
  ['a warning', [INERT], 1],
  ['an error that is a finding', [OUTSIDE], 1],
  ['bad input', [BROKEN], 2],
  ['bad input and a warning', [BROKEN, INERT], 2],
];

for (const [what, documents, code] of EXITS) {
  test(`exit code ${code} for ${what}`, async () => {
    for (const format of ['text', 'json', 'sarif'])
      assert.is((await runHere(['lint', '-f', file(...documents), '-o', format])).code, code, format);
  });
}

test('what is a finding is said once, on stdout; other messages are on stderr', async () => {
  const { stdout, stderr } = await runHere([
    'lint',
    '-f',
    file(OUTSIDE, admin('a', 1, 'ingress: []'), admin('b', 1, 'ingress: []'), BROKEN),
  ]);
  for (const [id, code] of [
    ['except-outside-cidr', 'cidr-except'],
    ['equal-priorities', 'priority-tie'],
  ]) {
    assert.match(stdout, `[${id}]`);
    assert.not.match(stderr, `[${code}]`);
  }
  assert.match(stderr, '[peer-empty]');
  assert.not.match(stdout, '[peer-empty]');
  assert.match(stderr, 'note: the input has no pods: only what holds in every cluster is looked at');
});

test('-o json', async () => {
  const { stdout } = await runHere(['lint', '-f', file(INERT), '-o', 'json']);
  const { findings } = JSON.parse(stdout) as { findings: Record<string, unknown>[] };
  assert.is(findings.length, 1);
  const [finding] = findings;
  assert.equal(finding?.['object'], { kind: 'NetworkPolicy', namespace: 'shop', name: 'inert' });
  assert.is(finding?.['rule'], 'inert-rule');
  assert.is(finding?.['severity'], 'warning');
  assert.is(finding?.['field'], 'spec.egress[0]');
  assert.is(finding?.['docs'], 'docs/lint/inert-rule.md');
  const { stdout: none } = await runHere(['lint', '-f', file(FINE), '-o', 'json']);
  assert.equal(JSON.parse(none), { findings: [] });
});

test('-n and -l choose what is shown, not what counts', async () => {
  const [web, db] = [workload('shop', 'web'), workload('ops', 'db')];
  const input = file(
    web,
    db,
    INERT,
    network('ops', 'np', 'podSelector: {}, policyTypes: [Egress], ingress: [{}]'),
    admin('a', 1, 'ingress: []', 'namespaces: {matchLabels: {kubernetes.io/metadata.name: ops}}'),
  );
  const shown = async (...args: string[]): Promise<string[]> => {
    const { stdout } = await runHere(['lint', '-f', input, '-o', 'json', ...args]);
    const { findings } = JSON.parse(stdout) as {
      findings: { rule: string; object: { kind: string; name: string } }[];
    };
    return [...new Set(findings.map(({ object }) => `${object.kind} ${object.name}`))].sort();
  };
  const shop = ['Deployment web', 'NetworkPolicy inert'];
  const ops = ['AdminNetworkPolicy a', 'Deployment db', 'NetworkPolicy np'];
  assert.equal(await shown(), [...ops, ...shop].sort());
  assert.equal(await shown('-n', 'shop'), shop);
  assert.equal(await shown('-n', 'ops'), ops);
  assert.equal(await shown('-n', 'shop,ops'), [...ops, ...shop].sort());
  assert.equal(await shown('-n', 'shop', '-A'), [...ops, ...shop].sort());
  assert.equal(await shown('-l', 'app=web'), shop);
  assert.equal(await shown('-l', 'app=db'), ops);
  assert.equal(await shown('-l', 'app=x'), []);
  assert.equal(await shown('-n', 'ops', '-l', 'app=web'), []);
});

test('stdin, and wrong use', async () => {
  const piped = await kncompile(['lint', '-f', '-', '-o', 'json'], { stdin: INERT });
  assert.is(piped.code, 1);
  assert.match(piped.stdout, '"file": "<stdin>"');
  for (const args of [['-o', 'xml'], ['-n', ''], ['-l', 'a=b=c'], ['--context', 'x'], ['--fix']]) {
    const { code, stdout } = await runHere(['lint', '-f', file(FINE), ...args]);
    assert.is(code, 2, args.join(' '));
    assert.is(stdout, '');
  }
  assert.is((await runHere(['lint', '-f', join(folder, 'nowhere')])).code, 2);
});

test('JSON input has carets, too', async () => {
  const path = join(folder, 'list.json');
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'np' },
    spec: { podSelector: {}, policyTypes: ['Ingress'], egress: [{}] },
  };
  writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [policy] }));
  const { stdout } = await runHere(['lint', '-f', path]);
  const [, excerpt, caret] = stdout.split('\n');
  assert.is(excerpt?.slice(caret?.indexOf('^')), '{}]}}]}');
});

test('the live cluster: findings name fields, for there is no file to point into', async () => {
  const cluster = {
    ...EMPTY_CLUSTER,
    '/apis/networking.k8s.io/v1/networkpolicies': [
      {
        metadata: { name: 'np', namespace: 'shop' },
        spec: { podSelector: {}, policyTypes: ['Ingress'], egress: [{}] },
      },
    ],
    '/api/v1/pods': [
      {
        metadata: { name: 'p', namespace: 'shop' },
        spec: {},
        status: { podIPs: [{ ip: '10.0.0.1' }] },
      },
    ],
  };
  const { code, stdout } = await withApiServer(cluster, ({ url }) => {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster: { server: url } }],
      users: [{ name: 'c', user: { token: 'secret' } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    };
    const path = join(folder, 'kubeconfig');
    writeFileSync(path, JSON.stringify(config));
    return runHere(['lint', '--kubeconfig', path]);
  });
  assert.is(code, 1);
  assert.match(
    stdout,
    'warning: NetworkPolicy shop/np: spec.egress[0]: egress rule 1 has no effect: policyTypes does not name Egress [inert-rule]\n',
  );
  assert.match(stdout, 'info: Pod shop/p: no policy isolates it for egress');
});

test.run();
