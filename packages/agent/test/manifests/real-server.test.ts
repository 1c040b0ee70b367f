/** The manifests on a real API server (KUBEBUILDER_ASSETS), and the agent with the rights that they give it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@kncompile/compiler';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ClusterSource } from '../../src/source/cluster-source.ts';
import { isSynced } from '../../src/source/source.ts';
import { QUICK, Recorder, until } from '../source/support.ts';
import { RealCluster } from '../support/cluster/real-cluster.ts';
import { collectionOf, objectsOf } from './rendered.ts';

const assets = process.env['KUBEBUILDER_ASSETS'];
if (assets) addTests(assets);
else skip('KUBEBUILDER_ASSETS names no folder with kube-apiserver and etcd');
test.run();

function addTests(folder: string): void {
  for (const [file, kinds] of [
    ['install.yaml', []],
    ['install-anp.yaml', ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy']],
    ['install-cnp.yaml', ['ClusterNetworkPolicy']],
  ] as const)
    test(`${file}: the server takes every object, and the agent sees what it is for`, async () => {
      const cluster = new RealCluster(folder);
      const scratch = mkdtempSync(join(tmpdir(), 'kncompile-test-'));
      const stop = new AbortController();
      let running: Promise<void> | undefined;
      try {
        await cluster.start();
        for (const object of objectsOf(file)) await cluster.create(collectionOf(object), object);
        const kubeconfig = join(scratch, 'kubeconfig');
        writeFileSync(kubeconfig, cluster.agentKubeconfig());
        const sink = new Recorder();
        const source = new ClusterSource(await connect({ kubeconfig }), sink, {
          timing: QUICK,
          random: () => 0.5,
        });
        running = source.run(stop.signal);
        await until(() => isSynced(source), 'all kinds are listed');
        const withheld = new Set(
          sink.log.flatMap((line) => /until it is granted no (\w+) is enforced/.exec(line)?.[1] ?? []),
        );
        const optional = ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'];
        assert.equal(
          [...withheld].sort(),
          optional.filter((kind) => !(kinds as readonly string[]).includes(kind)),
        );
        const needless = sink.log.filter(
          (line) => line.startsWith('troubled') && !line.includes('until it is granted'),
        );
        assert.equal(needless, []);
      } finally {
        stop.abort();
        await running;
        await cluster.stop();
        rmSync(scratch, { recursive: true, force: true });
      }
    });
}
