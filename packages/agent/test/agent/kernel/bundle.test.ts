/** The bundle of the image does what the sources do. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import packageJson from '../../../package.json' with { type: 'json' };
import { bundle } from '../../../scripts/bundle.ts';
import { isInside } from '../../kernel/support/inside.ts';
import { podManifest, policyManifest } from '../../support/api-server/manifests.ts';
import { withApiServer } from '../../support/api-server/server.ts';
import { Run, until } from '../support.ts';

if (isInside(import.meta.url)) {
  await addTests();
  test.run();
}

async function addTests(): Promise<void> {
  // Within the package, where ffi-rs is found as it is in the image.
  const dist = join(import.meta.dirname, '../../../dist');
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, 'bundle-test-'));
  const file = (name: string): string => join(folder, name);
  await bundle(folder);
  const running: Run[] = [];
  const start = (flags: readonly string[], nodeFlags: readonly string[] = []): Run => {
    const run = new Run(['--node-name=node-a', '--metrics-bind-address=127.0.0.1:0', ...flags], {
      program: file('agent.js'),
      env: { NODE_OPTIONS: nodeFlags.join(' ') },
    });
    running.push(run);
    return run;
  };
  test.after.each(async () => {
    for (const run of running.splice(0)) await run.kill();
  });
  test.after(() => rmSync(folder, { recursive: true }));

  test('help and version, and the command', () => {
    const output = (name: string, ...args: readonly string[]): string =>
      execFileSync(process.execPath, [file(name), ...args], { encoding: 'utf8' });
    assert.match(output('agent.js', '--help'), /--metrics-bind-address/);
    assert.is(output('agent.js', '--version'), `${packageJson.version}\n`);
    const fixture = new URL('../../../../../fixtures/kubernetes-docs', import.meta.url).pathname;
    assert.match(output('kncompile.js', '--dry-run', '-f', fixture), /^table inet kncompile/m);
  });

  test('it enforces what files say, with workers of its own, and takes its leave', async () => {
    mkdirSync(file('cluster'));
    const objects = [podManifest('web', '10.0.0.1', { app: 'web' }), policyManifest('closed', 'web')];
    writeFileSync(
      join(file('cluster'), 'all.yaml'),
      objects.map((one) => JSON.stringify(one)).join('\n---\n'),
    );
    const run = start([`--source=files:${file('cluster')}`, '--log-level=debug']);
    await run.says('ready: the kernel holds the intent');
    await until(
      'four workers',
      () => run.lines.filter(({ msg }) => msg === 'a queue worker listens').length === 4,
    );
    run.signal('SIGTERM');
    assert.is(await run.ended, 0);
    assert.is(run.stray, '');
  });

  test('it enforces what an API server says, with a kubeconfig', () =>
    withApiServer(async (server) => {
      server.store.set(podManifest('web', '10.0.0.1', { app: 'web' }));
      server.store.set(policyManifest('closed', 'web'));
      writeFileSync(file('kubeconfig'), server.kubeconfig());
      const run = start([`--kubeconfig=${file('kubeconfig')}`, '--log-level=debug'], ['--expose-gc']);
      await run.says('ready: the kernel holds the intent');
      const { stdout } = spawnSync('nft', ['list', 'set', 'inet', 'kncompile', 'subjects_ingress4']);
      assert.match(String(stdout), /10\.0\.0\.1/);
      const { before, after } = await run.says('memory is given back');
      assert.ok(Number(after) < Number(before), `${after} of ${before}`);
      console.log(`resident memory ${Math.round(Number(after) / 1024)} KiB`);
    }));
}
