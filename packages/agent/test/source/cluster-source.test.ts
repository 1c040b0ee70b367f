import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced, KINDS } from '../../src/source/source.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import { namespaceManifest, podManifest, policyManifest } from '../support/api-server/manifests.ts';
import { until, withCluster } from './support.ts';

test('lists every kind, then follows changes', () =>
  withCluster(
    {
      prepare: ({ store }) => {
        store.set(namespaceManifest('default'));
        store.set(podManifest('a', '10.0.0.1'));
      },
    },
    async ({ server, sink, source, ready }) => {
      await ready();
      assert.equal(sink.names(), ['Namespace default', 'Pod default/a']);
      assert.equal([...new Set(sink.syncs)].sort(), [...KINDS].sort());
      server.store.set(podManifest('b', '10.0.0.2'));
      server.store.set(policyManifest('web', 'web'));
      server.store.delete('Pod', 'a', 'default');
      await until(() => !sink.objects.has('Pod default/a'), 'the deletion');
      await until(() => sink.objects.size === 3, 'the additions');
      assert.equal(sink.names(), ['Namespace default', 'NetworkPolicy default/web', 'Pod default/b']);
      const pods = source.status().find(({ kind }) => kind === 'Pod');
      assert.is(pods?.phase, 'watching');
      assert.is(pods?.objects, 1);
      assert.is(pods?.lists, 1);
      assert.ok((pods?.secondsSinceEvent ?? Infinity) < 10);
    },
  ));

test('is not ready before the last kind is listed', () => {
  let open = false;
  return withCluster(
    {
      prepare: (server) => {
        server.onRequest((url, response) => {
          if (open || !url.pathname.endsWith('/networkpolicies')) return false;
          answerStatus(response, 500, 'not now');
          return true;
        });
      },
    },
    async ({ sink, source, ready }) => {
      await until(
        () => source.status().filter(({ synced }) => synced).length === KINDS.length - 1,
        'the others',
      );
      await until(() => sink.log.some((line) => line.includes('not now')), 'the complaint');
      assert.not(isSynced(source));
      open = true;
      await ready();
      assert.ok(sink.log.includes('recovered networkpolicies'));
    },
  );
});

test('reads long lists page by page, and begins again when one expires', () => {
  let expired = 0;
  return withCluster(
    {
      prepare: (server) => {
        for (let n = 0; n < 1300; n++) server.store.set(podManifest(`p-${n}`, `10.1.${n >> 8}.${n & 255}`));
        server.onRequest((url, response) => {
          if (!url.searchParams.has('continue') || expired > 0) return false;
          expired++;
          // Gone before the list begins anew: it must not come from the pages that were read.
          server.store.delete('Pod', 'p-0', 'default');
          answerStatus(response, 410, 'The provided continue parameter is too old');
          return true;
        });
      },
    },
    async ({ server, sink, ready }) => {
      await ready();
      assert.is(expired, 1);
      assert.is(sink.objects.size, 1299);
      assert.not(sink.objects.has('Pod default/p-0'));
      assert.is(server.listsOf('pods'), 2);
    },
  );
});

test('goes on from the last version after a disconnect, without a list', () =>
  withCluster({}, async ({ server, sink, ready }) => {
    await ready();
    for (const fault of ['disconnect', 'cut', 'end'] as const) {
      server.store.set(podManifest(`before-${fault}`, '10.0.0.1'));
      await until(() => sink.objects.has(`Pod default/before-${fault}`), `the pod before ${fault}`);
      server.watches[fault]();
      server.store.set(podManifest(`after-${fault}`, '10.0.0.2'));
      await until(() => sink.objects.has(`Pod default/after-${fault}`), `the pod after ${fault}`);
    }
    assert.is(server.listsOf('pods'), 1);
    assert.is(sink.log.filter((line) => line.startsWith('set ')).length, 6);
    assert.is(sink.objects.size, 6);
  }));

test('bookmarks move the version on', () =>
  withCluster({}, async ({ server, sink, ready }) => {
    await ready();
    server.store.set(namespaceManifest('other'));
    await until(() => sink.objects.has('Namespace other'), 'the namespace');
    server.watches.bookmark();
    const version = `resourceVersion=${server.store.revision}`;
    const reached = (): boolean => {
      server.watches.end();
      return server.requests.some((path) => path.includes('/pods?') && path.includes(version));
    };
    await until(reached, 'a watch of pods from the bookmark');
    assert.is(server.listsOf('pods'), 1);
  }));

for (const expiry of ['status', 'event'] as const) {
  test(`410 as ${expiry} of a watch: a new list tells what vanished meanwhile`, () =>
    withCluster(
      { prepare: ({ store }) => ['a', 'b'].forEach((name) => void store.set(podManifest(name, '10.0.0.1'))) },
      async ({ server, sink, ready }) => {
        await ready();
        sink.news();
        server.watches.expireBy(expiry);
        server.watches.disconnect();
        server.store.delete('Pod', 'a', 'default');
        server.store.set(podManifest('c', '10.0.0.3'));
        server.store.compact();
        await until(() => sink.objects.has('Pod default/c'), 'the new pod');
        assert.equal(sink.names(), ['Pod default/b', 'Pod default/c']);
        const changes = sink.news().filter((line) => /^(set|delete)/.test(line));
        assert.equal(changes.sort(), ['delete Pod default/a', 'set Pod default/c']);
      },
    ));
}

test('an object that changes in nothing that counts is no event', () =>
  withCluster(
    { prepare: ({ store }) => store.set(podManifest('a', '10.0.0.1')) },
    async ({ server, sink, ready }) => {
      await ready();
      sink.news();
      const pod = podManifest('a', '10.0.0.1');
      server.store.set({ ...pod, status: { ...(pod['status'] as object), message: 'heartbeat' } });
      server.store.set(podManifest('b', '10.0.0.2'));
      await until(() => sink.objects.has('Pod default/b'), 'the pod after it');
      assert.equal(sink.news(), ['set Pod default/b']);
    },
  ));

test('stops when told to, in the middle of whatever it does', () =>
  withCluster({ prepare: (server) => server.onRequest(() => true) }, async ({ server }) => {
    await until(() => server.requests.length === KINDS.length, 'requests that nobody answers');
  }));

test.run();
