import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced } from '../../src/source/source.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import { podManifest } from '../support/api-server/manifests.ts';
import { TOKEN } from '../support/api-server/server.ts';
import { until, withCluster } from './support.ts';

test('the server away: what is known stays in force, and is current again after', () =>
  withCluster({ prepare: ({ store }) => store.set(podManifest('a', '10.0.0.1')) }, async (lab) => {
    const { server, sink, source, ready } = lab;
    await ready();
    await server.stop();
    await until(() => source.status().every(({ problem }) => problem !== undefined), 'all kinds complain');
    assert.equal(sink.names(), ['Pod default/a']);
    assert.ok(isSynced(source));
    server.store.delete('Pod', 'a', 'default');
    server.store.set(podManifest('b', '10.0.0.2'));
    await server.start();
    await until(() => sink.names().join() === 'Pod default/b', 'the new state');
    await ready();
    assert.is(server.listsOf('pods'), 1);
  }));

test('401 and 403 are said and tried again', () =>
  withCluster(
    { prepare: (server) => server.demandToken('other') },
    async ({ server, sink, source, ready }) => {
      const refused = (): boolean =>
        source.status().every(({ problem }) => problem?.includes('does not accept the credentials') === true);
      await until(refused, 'all kinds complain');
      assert.not(isSynced(source));
      server.onRequest((url, response) => {
        if (!url.pathname.endsWith('/pods')) return false;
        answerStatus(response, 403, 'pods is forbidden');
        return true;
      });
      server.demandToken(TOKEN);
      const forbidden = 'troubled pods: listing pods is forbidden: pods is forbidden';
      await until(() => sink.log.includes(forbidden), 'the complaint about pods');
      server.onRequest(() => false);
      await ready();
      assert.is(sink.log.filter((line) => line === forbidden).length, 1, 'said once');
    },
  ));

test('a watch that is refused leads to lists instead', () =>
  withCluster(
    {
      prepare: (server) => {
        server.onRequest((url, response) => {
          if (!url.pathname.endsWith('/pods') || !url.searchParams.has('watch')) return false;
          answerStatus(response, 403, 'no watching', { 'retry-after': '0' });
          return true;
        });
      },
    },
    async ({ server, sink }) => {
      await until(() => server.listsOf('pods') > 0, 'a list');
      server.store.set(podManifest('a', '10.0.0.1'));
      await until(() => sink.objects.has('Pod default/a'), 'the pod');
    },
  ));

test('a token that a plugin renews is taken without a restart', () =>
  withCluster(
    {
      prepare: (server) => server.demandToken('first'),
      kubeconfig: (server, folder) => {
        writeFileSync(join(folder, 'token'), 'first');
        return kubeconfigWithPlugin(server.url, join(folder, 'token'));
      },
    },
    async ({ server, sink, folder, ready }) => {
      await ready();
      server.demandToken('second');
      server.watches.disconnect();
      await until(() => sink.log.some((line) => line.includes('Unauthorized')), 'the old token is refused');
      writeFileSync(join(folder, 'token'), 'second');
      server.store.set(podManifest('a', '10.0.0.1'));
      await until(() => sink.objects.has('Pod default/a'), 'the pod');
    },
  ));

/** Runs a command for every request, because what it gives has already expired. */
function kubeconfigWithPlugin(url: string, token: string): string {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const credential = {
    apiVersion,
    kind: 'ExecCredential',
    status: { token: '%s', expirationTimestamp: '2020-01-01T00:00:00Z' },
  };
  const args = ['-c', `printf '${JSON.stringify(credential)}' "$(cat '${token}')"`];
  return JSON.stringify({
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: url } }],
    users: [{ name: 'test', user: { exec: { apiVersion, command: 'sh', args } } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}

test.run();
