/** The program over the real kernel, in a network namespace of its own: its start, its end, and what is in between. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasQueueStatement } from '@kncompile/nfq-ffi';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isInside } from '../../kernel/support/inside.ts';
import {
  adminPolicyManifest,
  namespaceManifest,
  podManifest,
  policyManifest,
} from '../../support/api-server/manifests.ts';
import { ApiServer } from '../../support/api-server/server.ts';
import type { Manifest } from '../../support/api-server/store.ts';
import { Run, type StartOptions, until } from '../support.ts';

const NODE = 'node-a';
const PORT = 9080;
const URL_BASE = `http://127.0.0.1:${PORT}`;

const PODS = [podManifest('web', '10.0.0.1', { app: 'web' }), podManifest('db', '10.0.0.2', { app: 'db' })];

if (isInside(import.meta.url)) {
  addTests();
  test.run();
}

function addTests(): void {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-program-'));
  const programs = mkdtempSync(join(tmpdir(), 'kncompile-programs-'));
  const running: Run[] = [];
  const start = (flags: readonly string[] = [], options: StartOptions = {}): Run => {
    const run = new Run([`--source=files:${folder}`, `--node-name=${NODE}`, ...flags], options);
    running.push(run);
    return run;
  };
  /** The environment in which a shell script answers to the name of a program. */
  const instead = (name: string, script: string): Record<string, string> => {
    const own = mkdtempSync(join(programs, name));
    writeFileSync(join(own, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return { PATH: `${own}:${process.env['PATH']}` };
  };
  const become = (...objects: readonly Manifest[]): void => {
    writeFileSync(join(folder, '.new'), objects.map((object) => JSON.stringify(object)).join('\n---\n'));
    renameSync(join(folder, '.new'), join(folder, 'cluster.yaml'));
  };

  test.before.each(() => {
    nft('flush', 'ruleset');
    become(...PODS, policyManifest('closed', 'web'));
  });
  test.after.each(async () => {
    for (const run of running.splice(0)) await run.kill();
  });
  test.after(() => {
    for (const made of [folder, programs]) rmSync(made, { recursive: true });
  });

  test('it becomes ready, follows the files, and leaves the ruleset when it is asked to stop', async () => {
    const run = start();
    await run.says('ready: the kernel holds the intent');
    assert.is((await ask('/readyz')).status, 200);
    assert.ok(holds('subjects_ingress4', '10.0.0.1'));
    become(...PODS, policyManifest('closed', 'db'));
    await until('the other pod is isolated', () => holds('subjects_ingress4', '10.0.0.2'));
    assert.not.ok(holds('subjects_ingress4', '10.0.0.1'));
    run.signal('SIGTERM');
    assert.is(await run.ended, 0);
    assert.is(run.lines.at(-1)?.msg, 'stopped');
    assert.is(run.stray, '');
    assert.ok(holds('subjects_ingress4', '10.0.0.2'), 'the ruleset stays');
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    test(`ended by ${signal}, the next one adopts what it finds`, async () => {
      const first = start();
      await first.says('ready: the kernel holds the intent');
      first.signal(signal);
      assert.is(await first.ended, signal === 'SIGINT' ? 0 : signal);
      await until('its workers are gone', async () => !queuesAreTaken());
      const second = start();
      const { table } = await second.says('ready: the kernel holds the intent');
      assert.is(table, 'adopted');
      await until('the workers listen', queuesAreTaken);
      assert.is((await ask('/readyz')).status, 200);
    });

  test('a second signal ends it at once', async () => {
    // nft hangs, and with it the stop, which waits for the commit in flight.
    const real =
      spawnSync('sh', ['-c', 'command -v nft'], { encoding: 'utf8' }).stdout.trim() || '/usr/sbin/nft';
    const hanging = `case "$*" in "-f -") exec sleep 1000 ;; *) exec ${real} "$@" ;; esac`;
    const run = start([], { env: instead('nft', hanging) });
    await run.says('every kind has been listed');
    run.signal('SIGTERM');
    await run.says('stopping');
    run.signal('SIGINT');
    assert.is(await run.ended, 130);
  });

  test('the clean-up removes the table and the way to the queues, again and again', async () => {
    const run = start();
    await run.says('ready: the kernel holds the intent');
    run.signal('SIGTERM');
    await run.ended;
    nft('add', 'table', 'ip', 'stranger');
    for (let i = 0; i < 2; i++) {
      const clean = new Run(['--cleanup']);
      assert.is(await clean.ended, 0);
      assert.is(clean.lines.at(-1)?.msg, 'removed everything from the kernel');
      assert.not.match(nft('list', 'ruleset'), /kncompile|KNCOMPILE/i);
      assert.match(nft('list', 'ruleset'), /table ip stranger/);
    }
  });

  test('the port of the metrics is taken: one message, and nothing is touched', async () => {
    const other = createServer().listen(PORT);
    await new Promise((resolve) => other.on('listening', resolve));
    const run = start();
    assert.is(await run.ended, 1);
    assert.is(run.lines.length, 1);
    assert.match(run.lines[0]?.msg ?? '', /--metrics-bind-address: port 9080 is taken/);
    assert.is(nft('list', 'ruleset').trim(), '');
    other.close();
  });

  test('a user that only seems to be root is told so', async () => {
    const run = start([], { through: ['unshare', '--map-root-user'] });
    assert.is(await run.ended, 1);
    assert.match(run.lines.at(-1)?.msg ?? '', /nft needs root/);
  });

  test('nft is missing: it says so, is not ready, and goes on when nft is there', async () => {
    const hide = 'mount -t tmpfs none /usr/sbin && exec "$@"';
    const run = start([], { through: ['unshare', '--mount', 'sh', '-c', hide, 'sh'] });
    await run.says('nft is not installed');
    const { status, text } = await ask('/readyz');
    assert.is(status, 503);
    assert.match(text, /nft is not installed/);
    assert.is((await ask('/healthz')).status, 200);
    spawnSync('nsenter', ['-t', String(run.process.pid), '-m', 'umount', '/usr/sbin']);
    await run.says('ready: the kernel holds the intent');
    assert.is(run.lines.filter(({ msg }) => msg.includes('nft is not installed')).length, 1, 'said once');
  });

  test('packets cannot be queued at all: it says so, drops them, and enforces the rest', async () => {
    if (hasQueueStatement()) return;
    const run = start([], { env: instead('iptables-restore', 'exit 1') });
    const { msg } = await run.says('packets cannot be queued here');
    assert.match(msg, /those that need the agent are dropped$/);
    await run.says('ready: the kernel holds the intent');
    assert.not.match(nft('list', 'ruleset'), /meta mark set|\bqueue\b/);
  });

  for (const [what, stdio] of [
    ['nobody reads stderr', ['ignore', 'ignore', 'pipe']],
    ['stderr is closed', ['ignore', 'ignore', 'ignore']],
  ] as const)
    test(`${what}: it enforces all the same`, async () => {
      const run = start(['--log-level=trace'], { stdio: [...stdio] });
      run.process.stderr?.destroy();
      await until('ready', async () => (await ask('/readyz')).status === 200);
      become(...PODS, policyManifest('closed', 'db'));
      await until('the kernel follows', () => holds('subjects_ingress4', '10.0.0.2'));
    });

  test('a broken policy is told of, isolates, and does not keep a good one out', async () => {
    const broken = policyManifest('broken', 'db', [{ ports: [{ port: 'x'.repeat(99) }] }]);
    become(...PODS, broken, policyManifest('closed', 'web'));
    const run = start();
    await run.says('ready: the kernel holds the intent');
    const { object, problems } = await run.says('rejected');
    assert.is(object, 'NetworkPolicy default/broken');
    assert.ok(String(problems).includes('cluster.yaml:'));
    assert.ok(holds('subjects_ingress4', '10.0.0.2') && holds('subjects_ingress4', '10.0.0.1'));
    assert.match((await ask('/metrics')).text, /^kncompile_rejected_objects\{kind="NetworkPolicy"\} 1$/m);
  });

  test('what another program takes away is repaired, said and counted', async () => {
    const run = start();
    await run.says('ready: the kernel holds the intent');
    nft('delete', 'table', 'inet', 'kncompile');
    await run.says('another program changed our table');
    await until('it is back', () => holds('subjects_ingress4', '10.0.0.1'));
    await until('it is counted', async () =>
      /^kncompile_drifts_total 1$/m.test((await ask('/metrics')).text),
    );
  });

  test('a queue worker that is killed is replaced, which is said and counted', async () => {
    const run = start(['--log-level=debug']);
    const { pid } = await run.says('a queue worker listens');
    process.kill(Number(pid), 'SIGKILL');
    const { level } = await run.says('a queue worker is lost');
    assert.is(level, 'error');
    await until('counted', async () =>
      /^kncompile_worker_restarts_total 1$/m.test((await ask('/metrics')).text),
    );
    await until('all listen', async () => /^kncompile_workers 4$/m.test((await ask('/metrics')).text));
  });

  test('from an API server: a policy, a pod and a kind that comes later', async () => {
    const server = new ApiServer();
    await server.start();
    for (const object of [namespaceManifest('default'), ...PODS]) server.store.set(object);
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, server.kubeconfig());
    const agent = new Run([`--node-name=${NODE}`, `--kubeconfig=${kubeconfig}`]);
    running.push(agent);
    await agent.says('ready: the kernel holds the intent');
    server.store.set(policyManifest('closed', 'web'));
    await until('isolated', () => holds('subjects_ingress4', '10.0.0.1'));
    server.store.set(podManifest('web-2', '10.0.0.3', { app: 'web' }));
    await until('the new pod too', () => holds('subjects_ingress4', '10.0.0.3'));
    server.store.install('AdminNetworkPolicy');
    server.store.set(adminPolicyManifest('deny', 5, [{ action: 'Deny', from: [{ namespaces: {} }] }]));
    await until('the new kind', () => holds('subjects_ingress4', '10.0.0.2'));
    await server.stop();
    assert.is((await ask('/readyz')).status, 200, 'what is known stays in force');
    assert.match((await ask('/metrics')).text, /^kncompile_source_synced\{kind="AdminNetworkPolicy"\} 1$/m);
    agent.signal('SIGTERM');
    assert.is(await agent.ended, 0);
  });
}

function nft(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('nft', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function holds(set: string, element: string): boolean {
  const { stdout } = spawnSync('nft', ['get', 'element', 'inet', 'kncompile', set, `{ ${element} }`], {
    encoding: 'utf8',
  });
  return stdout.includes(element);
}

async function ask(path: string): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(URL_BASE + path, { headers: { connection: 'close' } });
    return { status: response.status, text: await response.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

function queuesAreTaken(): boolean {
  return spawnSync('cat', ['/proc/net/netfilter/nfnetlink_queue'], { encoding: 'utf8' }).stdout !== '';
}
