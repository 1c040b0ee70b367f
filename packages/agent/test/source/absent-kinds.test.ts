import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced } from '../../src/source/source.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import { adminPolicyManifest } from '../support/api-server/manifests.ts';
import { until, withCluster } from './support.ts';

test('a kind that the server lacks is picked up when it appears, and again after it went', () =>
  withCluster({}, async ({ server, sink, source, ready }) => {
    const phase = () => source.status().find(({ kind }) => kind === 'AdminNetworkPolicy')?.phase;
    await ready();
    assert.is(phase(), 'absent');
    for (const name of ['first', 'second']) {
      server.store.install('AdminNetworkPolicy');
      server.store.set(adminPolicyManifest(name, 1));
      await until(() => sink.objects.has(`AdminNetworkPolicy ${name}`), `the policy ${name}`);
      await until(() => phase() === 'watching', 'the watch');
      server.store.uninstall('AdminNetworkPolicy');
      server.watches.end();
      await until(() => phase() === 'absent', 'the kind is gone');
      assert.equal(sink.names(), []);
    }
  }));

test('a kind that seems to vanish with its objects is believed only after several looks', () =>
  withCluster(
    {
      prepare: ({ store }) => {
        store.install('AdminNetworkPolicy');
        store.set(adminPolicyManifest('a', 1));
      },
    },
    async ({ server, sink, source, ready }) => {
      await ready();
      server.watches.disconnect();
      server.store.forget('AdminNetworkPolicy');
      await until(() => sink.log.some((line) => line.includes('stays in force for now')), 'the doubt');
      await until(() => sink.objects.size === 0, 'the belief');
      assert.is(server.listsOf('adminnetworkpolicies'), 4);
      assert.is(source.status().find(({ kind }) => kind === 'AdminNetworkPolicy')?.phase, 'absent');
    },
  ));

test('a 404 that discovery contradicts deletes nothing', () =>
  withCluster(
    {
      prepare: ({ store }) => {
        store.install('AdminNetworkPolicy');
        store.set(adminPolicyManifest('a', 1));
      },
    },
    async ({ server, sink, source, ready }) => {
      await ready();
      server.onRequest((url, response) => {
        if (!url.pathname.endsWith('/adminnetworkpolicies')) return false;
        answerStatus(response, 404, 'lost on the way');
        return true;
      });
      server.watches.disconnect();
      const failures = () => source.status().find(({ kind }) => kind === 'AdminNetworkPolicy')?.failures ?? 0;
      await until(() => failures() > 8, 'many looks');
      assert.equal(sink.names(), ['AdminNetworkPolicy a']);
      server.onRequest(() => false);
      await ready();
    },
  ));

test('an optional kind that may not be listed is told, and keeps the others from nothing', () =>
  withCluster(
    {
      prepare: (server) => {
        server.store.install('AdminNetworkPolicy');
        server.store.set(adminPolicyManifest('a', 1));
        server.onRequest((url, response) => {
          if (!url.pathname.endsWith('/adminnetworkpolicies')) return false;
          answerStatus(response, 403, 'not for you');
          return true;
        });
      },
    },
    async ({ server, sink, source, ready }) => {
      const phase = () => source.status().find(({ kind }) => kind === 'AdminNetworkPolicy')?.phase;
      await until(() => phase() === 'forbidden', 'the refusal');
      await until(() => isSynced(source), 'the other kinds');
      assert.ok(
        sink.log.includes(
          'troubled adminnetworkpolicies: listing adminnetworkpolicies is forbidden: not for you; until it is granted no AdminNetworkPolicy is enforced',
        ),
        sink.log.join('\n'),
      );
      server.onRequest(() => false);
      await ready();
      await until(() => sink.objects.has('AdminNetworkPolicy a'), 'the policy');
    },
  ));

test.run();
