/** Whether there is a status writer at all. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../src/config/config.ts';
import { SYSTEM_CLOCK } from '../../src/reconcile/clock.ts';
import { createLogger } from '../../src/report/logger.ts';
import { openStatus } from '../../src/status/open-status.ts';
import { StatusWriter } from '../../src/status/status-writer.ts';
import { inTemporaryFolder } from './support.ts';

const cluster =
  (...flags: readonly string[]) =>
  (kubeconfig: string) => [`--kubeconfig=${kubeconfig}`, ...flags];

async function open(folder: string, flags: (kubeconfig: string) => readonly string[], environment = {}) {
  const kubeconfig = join(folder, 'kubeconfig');
  const text = {
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: 'http://127.0.0.1:1' } }],
    users: [{ name: 'test', user: {} }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(text));
  const result = await readConfig(['--node-name=node-a', ...flags(kubeconfig)], environment);
  if (result.kind !== 'run') throw new Error(JSON.stringify(result));
  return openStatus(result.config, {
    nodes: () => new Set(),
    kernel: () => ({ isReady: true, problem: undefined }),
    clock: SYSTEM_CLOCK,
    log: createLogger('silent'),
  });
}

test('a cluster is told by default, and not with --status=off or its variable', () =>
  inTemporaryFolder(async (folder) => {
    assert.instance(await open(folder, cluster()), StatusWriter);
    assert.is(await open(folder, cluster('--status=off')), undefined);
    assert.is(await open(folder, cluster(), { KNCOMPILE_STATUS: 'off' }), undefined);
  }));

test('files have nobody to tell', () =>
  inTemporaryFolder(async (folder) => {
    assert.is(await open(folder, () => [`--source=files:${folder}`]), undefined);
  }));

test.run();
