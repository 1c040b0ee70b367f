/** What lint finds in a policy by itself, and what the loader has said of it. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LINT_RULES } from '../../../src/analysis/lint/registry.ts';
import { CODES } from '../../../src/errors.ts';
import { admin, baseline, found, lintYaml, network } from './support.ts';

const block = (text: string): string =>
  network('shop', 'np', `podSelector: {}, ingress: [{from: [{ipBlock: {${text}}}]}]`);

test('S22: except outside its cidr, equal to it, or of the other family', async () => {
  const outside = (except: string): Promise<string[]> =>
    found('except-outside-cidr', block(`cidr: 10.0.0.0/8, except: [${except}]`));
  assert.equal(await outside('192.0.2.0/24'), ['except[0] 192.0.2.0/24 is not inside 10.0.0.0/8']);
  assert.equal(await outside('10.0.0.0/8'), ['except[0] 10.0.0.0/8 is not inside 10.0.0.0/8']);
  assert.equal(await outside("'fd00::/8'"), ['except[0] fd00::/8 is not inside 10.0.0.0/8']);
  assert.is((await outside('10.1.0.0/16, 192.0.2.0/24, 198.51.100.0/24')).length, 2);
  assert.equal(await outside('10.1.0.0/16'), []);
});

test('except blocks that another one holds', async () => {
  const overlaps = (except: string): Promise<string[]> =>
    found('overlapping-except', block(`cidr: 10.0.0.0/8, except: [${except}]`));
  assert.equal(await overlaps('10.1.0.0/16, 10.1.2.0/24'), [
    'except 10.1.2.0/24 adds nothing: 10.1.0.0/16 is an exception already',
  ]);
  assert.equal(await overlaps('10.1.2.0/24, 10.1.0.0/16'), [
    'except 10.1.2.0/24 adds nothing: 10.1.0.0/16 is an exception already',
  ]);
  assert.is((await overlaps('10.1.0.0/16, 10.1.0.0/16')).length, 1, 'of two equal ones the second');
  assert.equal(await overlaps('10.1.0.0/16, 10.2.0.0/16'), []);
});

test('the caret stands under the very block', async () => {
  const [finding] = await lintYaml(block('cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.1.2.0/24]'));
  assert.is(finding?.field, 'spec.ingress[0].from[0].ipBlock.except[1]');
  assert.ok(finding?.excerpt?.slice((finding.source?.column ?? 0) - 1).startsWith('10.1.2.0/24'));
});

test('S6, S8: equal priorities, across kinds', async () => {
  const cnp = (tier: string): string =>
    `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: c}, spec: {tier: ${tier}, priority: 5, subject: {namespaces: {}}}}`;
  const [message, ...others] = await found('equal-priorities', admin('a', 5, 'ingress: []'), cnp('Admin'));
  assert.match(message ?? '', 'priority 5 is also that of AdminNetworkPolicy a');
  assert.equal(others, []);
  assert.equal(await found('equal-priorities', admin('a', 5, 'ingress: []'), cnp('Baseline')), []);
  assert.is(
    (
      await found(
        'equal-priorities',
        admin('a', 1, 'ingress: []'),
        admin('b', 1, 'ingress: []'),
        admin('c', 1, 'ingress: []'),
      )
    ).length,
    2,
  );
});

test('S33: rules that fail closed', async () => {
  const peer = (text: string): string => admin('a', 1, `ingress: [{action: Deny, from: [${text}]}]`);
  assert.match((await found('fails-closed', peer('{services: {}}')))[0] ?? '', 'the whole rule fails closed');
  assert.match(
    (await found('fails-closed', peer('{networks: [192.0.2.0/24]}')))[0] ?? '',
    'the whole rule fails closed',
  );
  assert.equal(await found('fails-closed', peer('{namespaces: {}}')), []);
});

test('objects of v1alpha1', async () => {
  assert.is((await found('superseded-api', admin('a', 1, 'ingress: []'), baseline('ingress: []'))).length, 2);
  assert.equal(await found('superseded-api', network('shop', 'np', 'podSelector: {}')), []);
});

test('a rule has the severity of the message that it says again', () => {
  for (const { id, severity, says } of LINT_RULES)
    for (const code of says ?? []) assert.is(CODES[code].severity, severity, id);
});

test('ids are stable words, each once, and every sentence ends', () => {
  const ids = LINT_RULES.map(({ id }) => id);
  assert.equal(ids, [...new Set(ids)]);
  for (const { id, finds } of LINT_RULES) {
    assert.match(id, /^[a-z]+(-[a-z]+)+$/);
    assert.match(finds, /^An? .*\.$|^[A-Z].*\.$/);
  }
});

test('findings come in the order of the files, and no rule takes another one’s place', async () => {
  const findings = await lintYaml(
    [admin('b', 1, 'ingress: []'), admin('a', 1, 'ingress: []')].join('\n---\n'),
  );
  assert.equal(
    findings.map(({ source, rule }) => `${source?.line} ${rule}`),
    ['1 equal-priorities', '1 superseded-api', '3 superseded-api'],
  );
});

test.run();
