/** What one agent tells the cluster. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { mappingOf } from '../../src/source/raw-object.ts';
import { until } from '../source/support.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import { adminPolicyManifest, policyManifest } from '../support/api-server/manifests.ts';
import { adminPolicy, nodeManifest, withStatusLab } from './support.ts';

test('nothing is written about policies that are fine, nor read for it', () =>
  withStatusLab(async (lab) => {
    lab.put(policyManifest('fine', 'web'));
    lab.put(adminPolicy('fine', false));
    await lab.agent('node-a');
    lab.put(adminPolicy('later', false));
    lab.put({ ...adminPolicy('fine', false), spec: { priority: 7, subject: { namespaces: {} } } });
    assert.equal(await lab.quiet(), []);
    assert.ok(
      lab.server.requests.every((path) => path.includes('?')),
      'lists and watches only',
    );
  }));

test('a rejected AdminNetworkPolicy gets a condition and an event; a fixed one loses the condition', () =>
  withStatusLab(async (lab) => {
    await lab.agent('node-a');
    lab.put(adminPolicy('ports', true));
    await lab.quiet();
    assert.equal(lab.server.writes.toSorted(), [
      'PATCH /apis/policy.networking.k8s.io/v1alpha1/adminnetworkpolicies/ports/status',
      'POST /api/v1/namespaces/default/events',
    ]);
    const { lastTransitionTime, message, ...rest } = lab.condition('ports') ?? {};
    assert.equal(rest, {
      type: 'KncompileRealised',
      status: 'False',
      reason: 'Rejected',
      observedGeneration: 1,
    });
    assert.match(String(message), /^not on node-a: spec\.ingress\[0\]\.ports.*70000.*\[field-value\]$/);
    assert.ok(Math.abs(Date.parse(String(lastTransitionTime)) - Date.now()) < 60_000);
    const [event] = lab.events();
    const { apiVersion, kind, name, namespace } = mappingOf(event?.['involvedObject']);
    assert.equal(
      [apiVersion, kind, name, namespace],
      ['policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', 'ports', undefined],
    );
    assert.equal([event?.['type'], event?.['reason']], ['Warning', 'Rejected']);
    assert.match(String(event?.['message']), /70000/);
    assert.equal(mappingOf(event?.['source']), { component: 'kncompile', host: 'node-a' });

    lab.put(adminPolicy('ports', false));
    assert.is((await lab.quiet()).length, 3);
    assert.is(lab.condition('ports'), undefined);
    assert.is(lab.events().length, 1);
  }));

test('a rejected NetworkPolicy has no condition, and its event is in its namespace', () =>
  withStatusLab(async (lab) => {
    await lab.agent('node-a');
    const broken = policyManifest('broken', 'web', 7);
    lab.put({ ...broken, metadata: { ...broken.metadata, namespace: 'shop' } });
    assert.equal(await lab.quiet(), ['POST /api/v1/namespaces/shop/events']);
    assert.is(mappingOf(lab.events()[0]?.['involvedObject'])['namespace'], 'shop');
  }));

test('each version is told once: not for a label, not after a restart, but when it breaks anew', () =>
  withStatusLab(async (lab) => {
    const agent = await lab.agent('node-a');
    lab.put(adminPolicy('ports', true));
    await lab.quiet();
    const broken = adminPolicy('ports', true);
    lab.put({ ...broken, metadata: { ...broken.metadata, labels: { a: 'b' } } });
    assert.is((await lab.quiet()).length, 2);
    await agent.stop();
    await lab.agent('node-a');
    await lab.quiet();
    assert.is(lab.events().length, 1);
    assert.ok(lab.condition('ports'));
    lab.put({ ...broken, spec: { priority: -1, subject: { namespaces: {} } } });
    await lab.quiet();
    assert.is(lab.events().length, 2);
    assert.is(lab.condition('ports')?.['observedGeneration'], 2);
    assert.match(lab.message('ports'), /priority/);
  }));

test('a policy that was fixed while the agent was away loses the condition when it is in the kernel', () =>
  withStatusLab(async (lab) => {
    const agent = await lab.agent('node-a');
    lab.put(adminPolicy('ports', true));
    await lab.quiet();
    await agent.stop();
    lab.put(adminPolicy('ports', false));
    const again = await lab.agent('node-a');
    await lab.quiet();
    assert.is(lab.condition('ports'), undefined);
    assert.equal(again.lines, []);
  }));

test('a rule that fails closed is told in the condition alone', () =>
  withStatusLab(async (lab) => {
    await lab.agent('node-a');
    lab.put(adminPolicyManifest('newer', 5, [{ action: 'Allow', from: [{ starSigns: {} }] }]));
    assert.is((await lab.quiet()).length, 1);
    assert.is(lab.condition('newer')?.['reason'], 'PartlyRealised');
    assert.match(lab.message('newer'), /^not on node-a: spec\.ingress\[0\]\.from\[0\]\.starSigns: /);
  }));

test('a kernel that goes on refusing is told for every policy with conditions, and taken back', () =>
  withStatusLab(async (lab) => {
    const agent = await lab.agent('node-a');
    lab.put(adminPolicy('one', false));
    lab.put(policyManifest('fine', 'web'));
    assert.equal(await lab.quiet(), []);
    agent.kernel = { isReady: false, problem: 'nft says no' };
    await until(() => lab.condition('one') !== undefined, 'the condition');
    assert.is(lab.condition('one')?.['reason'], 'KernelRefuses');
    assert.is(lab.message('one'), 'not on node-a: the kernel does not hold the ruleset: nft says no');
    agent.kernel = { isReady: true, problem: undefined };
    await lab.quiet();
    assert.is(lab.condition('one'), undefined);
    assert.is(lab.server.writes.length, 2);
    assert.is(lab.events().length, 0);
  }));

test('a kernel that was refused a moment ago only, or never asked, is not told', () =>
  withStatusLab(async (lab) => {
    const agent = await lab.agent('node-a', { grace: 60_000 });
    lab.put(adminPolicy('one', false));
    agent.kernel = { isReady: false, problem: 'nft says no' };
    assert.equal(await lab.quiet(), []);
    agent.kernel = { isReady: false, problem: undefined };
    assert.equal(await lab.quiet(), []);
  }));

test('conditions of others stay as they are', () =>
  withStatusLab(async (lab) => {
    const other = {
      type: 'Accepted',
      status: 'True',
      reason: 'Fine',
      message: 'by somebody else',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    lab.put(adminPolicy('ports', true));
    const object = lab.server.store.get('AdminNetworkPolicy', 'ports');
    if (object) lab.server.store.setStatus(object, { conditions: [other] });
    await lab.agent('node-a');
    await lab.quiet();
    const conditions = () =>
      mappingOf(lab.server.store.get('AdminNetworkPolicy', 'ports')?.['status'])['conditions'];
    assert.is((conditions() as unknown[]).length, 2);
    lab.put(adminPolicy('ports', false));
    await lab.quiet();
    assert.equal(conditions(), [other]);
  }));

test('what the server forbids is logged once, is tried again, and hinders nothing', () =>
  withStatusLab(async (lab) => {
    let tries = 0;
    let forbids = true;
    lab.server.onRequest((_, response, request) => {
      if (request.method === 'GET' || !forbids) return false;
      tries++;
      answerStatus(response, 403, 'no\u001b[2Jway');
      return true;
    });
    const agent = await lab.agent('node-a');
    for (const name of ['one', 'two', 'three']) lab.put(adminPolicy(name, true));
    await until(() => tries >= 30, 'more tries');
    assert.equal(agent.lines.toSorted(), [
      'warn: conditions of policies cannot be written: no\\u{1b}[2Jway; trying again',
      'warn: events of policies cannot be written: no\\u{1b}[2Jway; trying again',
    ]);
    forbids = false;
    await lab.quiet();
    for (const name of ['one', 'two', 'three']) assert.ok(lab.condition(name), name);
    assert.is(lab.events().length, 3);
    assert.ok(agent.lines.includes('info: conditions of policies are written again'));
  }));

test('a server that breaks off, is busy, or says nothing that makes sense is asked again', () =>
  withStatusLab(async (lab) => {
    let turn = 0;
    lab.server.onRequest((_, response, request) => {
      if (request.method === 'GET' || ++turn > 6) return false;
      if (turn % 3 === 0) response.destroy();
      else if (turn % 3 === 1) answerStatus(response, 429, 'busy');
      else response.writeHead(500).end('<html>');
      return true;
    });
    await lab.agent('node-a');
    lab.put(adminPolicy('ports', true));
    await until(() => lab.condition('ports') !== undefined && lab.events().length === 1, 'both writes');
  }));

test('many rejected policies are told at the rate that is allowed', () =>
  withStatusLab(async (lab) => {
    for (let index = 0; index < 200; index++) lab.put(adminPolicy(`policy-${index}`, true));
    await lab.agent('node-a', { allowance: { burst: 7, every: 3_600_000 } });
    assert.is((await lab.quiet()).length, 7);
  }));

test('a policy that goes takes along what was to be written about it', () =>
  withStatusLab(async (lab) => {
    await lab.agent('node-a', { soon: 200, random: () => 0.9 });
    lab.put(adminPolicy('ports', true));
    await until(() => lab.server.watches.open === 7, 'all watches');
    lab.server.store.delete('AdminNetworkPolicy', 'ports');
    assert.equal(await lab.quiet(), []);
  }));

test('a hostile policy is told in printable text of a bounded length', () =>
  withStatusLab(async (lab) => {
    await lab.agent('node-a');
    const hostile = `\u001b[2J\u202e${'\u{1f600}'.repeat(20_000)}`;
    lab.put(adminPolicyManifest('hostile', 5, [{ action: hostile, from: [{ namespaces: {} }] }]));
    await lab.quiet();
    const message = String(lab.events()[0]?.['message']);
    for (const text of [message, lab.message('hostile')]) {
      assert.not.match(text, /[\p{Cc}\p{Cf}\p{Cs}]/u);
      assert.ok(text.length > 20);
    }
    assert.ok(Buffer.byteLength(message) <= 1024);
    assert.ok(lab.message('hostile').length <= 32_768);
  }));

test('a node that the cluster does not have writes no conditions', () =>
  withStatusLab(async (lab) => {
    lab.put(nodeManifest('node-b'));
    lab.put(adminPolicy('ports', true));
    await lab.agent('node-a');
    assert.equal(await lab.quiet(), ['POST /api/v1/namespaces/default/events']);
  }));

test.run();
