import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced, KINDS } from '../../src/source/source.ts';
import { answerStatus } from '../support/api-server/answers.ts';
import {
  adminPolicyManifest,
  namespaceManifest,
  podManifest,
  policyManifest,
} from '../support/api-server/manifests.ts';
import { TOKEN } from '../support/api-server/server.ts';
import { lineOf } from '../support/api-server/watches.ts';
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

test('a version from the future, as after a restored backup, leads to a new list', () =>
  withCluster({}, async ({ server, sink, ready }) => {
    await ready();
    server.watches.write(
      lineOf('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion: '999999999' } }),
      'pods',
    );
    server.watches.end();
    await until(() => server.requests.some((path) => path.includes('=999999999')), 'a watch from there');
    server.store.set(podManifest('b', '10.0.0.2'));
    await until(() => sink.objects.has('Pod default/b'), 'the next pod');
  }));

const JUNK: readonly (readonly [what: string, text: string])[] = [
  ['no JSON', 'this is no JSON\n'],
  ['no event', '[1,2]\n'],
  ['an unknown type', lineOf('MOVED', { metadata: { resourceVersion: '1' } })],
  ['an event without resourceVersion', lineOf('ADDED', { metadata: { name: 'x', namespace: 'default' } })],
  ['an ERROR without code', lineOf('ERROR', { message: 'something' })],
  ['an ERROR 500', lineOf('ERROR', { code: 500, message: 'something' })],
];

for (const [what, text] of JUNK) {
  test(`junk on the stream is survived: ${what}`, () =>
    withCluster({}, async ({ server, sink, ready }) => {
      await ready();
      server.store.set(podManifest('a', '10.0.0.1'));
      await until(() => sink.objects.has('Pod default/a'), 'the first pod');
      server.watches.write(text, 'pods');
      await until(() => sink.log.some((line) => line.startsWith('troubled pods')), 'the complaint');
      server.store.set(podManifest('b', '10.0.0.2'));
      await until(() => sink.objects.has('Pod default/b'), 'the second pod');
      assert.equal(sink.names(), ['Pod default/a', 'Pod default/b']);
    }));
}

test('junk at one version for ever leads to a new list', () => {
  let junk = true;
  return withCluster(
    {
      prepare: (server) => {
        server.onRequest((url, response) => {
          if (!junk || !url.pathname.endsWith('/pods') || !url.searchParams.has('watch')) return false;
          response.writeHead(200);
          response.end('{"type":\n');
          return true;
        });
      },
    },
    async ({ server, sink, ready }) => {
      await until(() => server.listsOf('pods') > 1, 'another list');
      server.store.set(podManifest('a', '10.0.0.1'));
      await until(() => sink.objects.has('Pod default/a'), 'the pod, from a list');
      junk = false;
      await ready();
    },
  );
});

test('a line without end is given up before it fills the memory', () =>
  withCluster({}, async ({ server, sink, ready }) => {
    await ready();
    for (let n = 0; n < 17; n++) server.watches.write('x'.repeat(1024 * 1024), 'pods');
    await until(() => sink.log.some((line) => line.includes('a line is longer than')), 'the complaint');
    server.store.set(podManifest('a', '10.0.0.1'));
    await until(() => sink.objects.has('Pod default/a'), 'the pod');
  }));

test('a half-open connection is noticed', () =>
  withCluster({ timing: { silence: 60 } }, async ({ server, sink, ready }) => {
    await ready();
    server.watches.stick();
    server.store.set(podManifest('a', '10.0.0.1'));
    await until(() => sink.objects.has('Pod default/a'), 'the pod');
    assert.ok(sink.log.includes('troubled pods: nothing came for 0.06 s'));
    assert.is(server.listsOf('pods'), 1);
  }));

test('a slow stream is read to its end', () =>
  withCluster({ prepare: ({ watches }) => watches.goSlow() }, async ({ server, sink, ready }) => {
    await ready();
    for (let n = 0; n < 50; n++) server.store.set(podManifest(`ü-${n}`, `10.0.0.${n}`, { app: 'größe' }));
    await until(() => sink.objects.size === 50, 'all pods');
    assert.is(server.listsOf('pods'), 1);
  }));

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

test('stops when told to, in the middle of whatever it does', () =>
  withCluster({ prepare: (server) => server.onRequest(() => true) }, async ({ server }) => {
    await until(() => server.requests.length === KINDS.length, 'requests that nobody answers');
  }));

test.run();
