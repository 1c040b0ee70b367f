import { join } from 'node:path';
import { ClusterError } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readConfig } from '../../src/config/config.ts';
import { ClusterSource } from '../../src/source/cluster-source.ts';
import { FilesSource } from '../../src/source/files/files-source.ts';
import { openSource } from '../../src/source/open-source.ts';
import { isSynced, KINDS, type Source } from '../../src/source/source.ts';
import { Recorder, withCluster } from './support.ts';

async function open(...argv: readonly string[]): Promise<Source> {
  const result = await readConfig(['--node-name=node-a', ...argv], {});
  if (result.kind !== 'run') throw new Error(JSON.stringify(result));
  return openSource(result.config.source, result.config.podCidrs, new Recorder());
}

test('the configuration chooses the source; both tell of every kind before they run', () =>
  withCluster({}, async ({ folder }) => {
    const sources = [
      await open(`--source=files:${folder}`),
      await open('--kubeconfig', join(folder, 'kubeconfig')),
    ];
    assert.ok(sources[0] instanceof FilesSource);
    assert.ok(sources[1] instanceof ClusterSource);
    for (const source of sources) {
      assert.equal(
        source.status().map(({ kind }) => kind),
        KINDS,
      );
      assert.not(isSynced(source));
    }
  }));

test('a kubeconfig that is not there is said at once', async () => {
  const failed = await open('--kubeconfig=/no/such/file').catch((error: unknown) => error);
  assert.instance(failed, ClusterError);
  assert.match((failed as ClusterError).message, 'does not exist');
});

test.run();
