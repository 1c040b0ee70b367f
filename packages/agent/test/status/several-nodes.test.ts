/** Several agents, and one condition that all of them write. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../source/support.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import { adminPolicy, nodeManifest, type StatusLab, withStatusLab } from './support.ts';

const REFUSED = { isReady: false, problem: 'no' };
const READY = { isReady: true, problem: undefined };

/** The nodes that the condition of policy `one` names, and the words "and others" where it has them. */
function named(lab: StatusLab): string {
  return /^not on (.*?): /.exec(lab.message('one'))?.[1] ?? '';
}

test('two agents merge, and each takes only itself out', () =>
  withStatusLab(async (lab) => {
    const agents = [await lab.agent('node-b'), await lab.agent('node-a')] as const;
    lab.put(adminPolicy('one', false));
    for (const agent of agents) agent.kernel = REFUSED;
    await until(() => named(lab) === 'node-a, node-b', 'both');
    const since = lab.condition('one')?.['lastTransitionTime'];
    agents[0].kernel = READY;
    await until(() => named(lab) === 'node-a', 'the other one alone');
    assert.is(lab.condition('one')?.['lastTransitionTime'], since);
    agents[1].kernel = READY;
    await until(() => lab.condition('one') === undefined, 'the end');
    assert.is((await lab.quiet()).filter((write) => write.startsWith('PATCH')).length >= 4, true);
  }));

test('a rejected policy makes one event, whoever tells it first', () =>
  withStatusLab(async (lab) => {
    for (const node of ['node-a', 'node-b', 'node-c']) await lab.agent(node);
    lab.put(adminPolicy('one', true));
    await lab.quiet();
    assert.is(lab.events().length, 1);
    assert.is(named(lab), 'node-a, node-b, node-c');
  }));

test('a conflict is tried again with what the other one wrote', () =>
  withStatusLab(async (lab) => {
    let conflicts = 0;
    lab.server.onRequest((_, response, request) => {
      if (request.method !== 'PATCH' || ++conflicts > 3) return false;
      answerStatus(response, 409, 'the object has been modified');
      return true;
    });
    const agent = await lab.agent('node-a');
    lab.put(adminPolicy('one', true));
    await until(() => named(lab) === 'node-a', 'the condition');
    assert.is(conflicts, 4);
    assert.equal(agent.lines, [], 'a conflict is nothing to tell');
  }));

test('a condition names ten nodes; the next one says that there are others, and the rest write nothing', () =>
  withStatusLab(async (lab) => {
    const agents = [];
    for (let index = 10; index < 25; index++) agents.push(await lab.agent(`node-${index}`));
    lab.put(adminPolicy('one', true));
    await until(() => named(lab).endsWith(' and others'), 'others');
    const writes = (await lab.quiet()).length;
    const names = named(lab).replace(' and others', '').split(', ');
    assert.is(names.length, 10);
    // All that are named get well, and the others step forward.
    lab.put(adminPolicy('one', false));
    await lab.quiet();
    assert.is(lab.condition('one'), undefined);
    for (const agent of agents) agent.kernel = REFUSED;
    await until(() => named(lab).endsWith(' and others'), 'others again');
    const first = named(lab).replace(' and others', '').split(', ');
    agents.forEach((agent, index) => {
      if (first.includes(`node-${index + 10}`)) agent.kernel = READY;
    });
    await lab.quiet();
    assert.is(named(lab).split(', ').length, 5);
    assert.not(named(lab).includes('others'));
    assert.ok(first.every((name) => !named(lab).includes(name)));
    assert.ok(writes < 300, `${writes} writes, conflicts included`);
  }));

test('a node that has left the cluster is taken out by the others', () =>
  withStatusLab(async (lab) => {
    for (const name of ['node-a', 'node-b']) lab.put(nodeManifest(name));
    const left = await lab.agent('node-b');
    const agent = await lab.agent('node-a');
    lab.put(adminPolicy('one', false));
    left.kernel = REFUSED;
    await until(() => named(lab) === 'node-b', 'it is named');
    await left.stop();
    lab.server.store.delete('Node', 'node-b');
    await until(() => lab.condition('one') === undefined, 'nobody is named');
    assert.equal(agent.lines, []);
  }));

test('what was said of an older generation goes, even if nobody is left who said it', () =>
  withStatusLab(async (lab) => {
    const left = await lab.agent('node-b');
    lab.put(adminPolicy('one', true));
    await until(() => named(lab) === 'node-b', 'it is named');
    await left.stop();
    await lab.agent('node-a');
    lab.put(adminPolicy('one', false));
    await lab.quiet();
    assert.is(lab.condition('one'), undefined);
  }));

test('a message that nobody of us wrote is replaced', () =>
  withStatusLab(async (lab) => {
    lab.put(adminPolicy('one', true));
    const object = lab.server.store.get('AdminNetworkPolicy', 'one');
    const strange = {
      type: 'KncompileRealised',
      status: 'False',
      reason: 'Rejected',
      message: 'not on \u001b[2J, ../../etc: x',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    if (object) lab.server.store.setStatus(object, { conditions: [strange] });
    await lab.agent('node-a');
    await lab.quiet();
    assert.is(named(lab), 'node-a');
  }));

test.run();
