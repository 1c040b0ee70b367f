/** What of the kernel's and the agent's state becomes a line in the log, and how often. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Changes } from '../../src/report/changes.ts';
import { createLogger } from '../../src/report/logger.ts';
import { type FakeAgent, fakeAgent } from './support.ts';

interface Bench {
  readonly agent: FakeAgent;
  /** What a look adds to the log, as `level: message`. */
  look(): readonly string[];
}

async function bench(): Promise<Bench> {
  const agent = await fakeAgent();
  const lines: string[] = [];
  const log = createLogger('info', {
    write(line) {
      const { level, msg } = JSON.parse(line);
      lines.push(`${level}: ${msg}`);
    },
  });
  const changes = new Changes(agent.view, log, { now: () => 0, after: () => () => undefined });
  const look = () => {
    changes.look();
    return lines.splice(0);
  };
  return { agent, look };
}

const READY = 'info: ready: the kernel holds the intent';
const NOT_READY = 'warn: not ready: the kernel does not hold the intent';

test('nothing is said before there is a kernel, nor while nothing changes', async () => {
  const { agent, look } = await bench();
  agent.isReached = false;
  assert.equal(look(), []);
  agent.isReached = true;
  assert.equal(look(), [READY]);
  assert.equal(look(), []);
});

test('readiness comes and goes', async () => {
  const { agent, look } = await bench();
  agent.isReady = false;
  assert.equal(look(), [], 'it has not been ready yet');
  agent.isReady = true;
  assert.equal(look(), [READY]);
  agent.isReady = false;
  assert.equal(look(), [NOT_READY]);
});

test("nft's words are said once until they change", async () => {
  const { agent, look } = await bench();
  look();
  const failing = 'error: the kernel does not do what it is asked to; trying again';
  agent.stats.lastError = 'Error: busy';
  assert.equal(look(), [failing]);
  assert.equal(look(), []);
  agent.stats.lastError = 'Error: something else';
  assert.equal(look(), [failing]);
  agent.stats.lastError = undefined;
  assert.equal(look(), []);
});

test('each drift is said', async () => {
  const { agent, look } = await bench();
  look();
  for (let i = 1; i <= 2; i++) {
    agent.stats.drifts = i;
    assert.equal(look(), ['warn: another program changed our table; it is repaired']);
  }
  assert.equal(look(), []);
});

test.run();
