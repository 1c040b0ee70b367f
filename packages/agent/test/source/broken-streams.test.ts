import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { podManifest } from '../support/api-server/manifests.ts';
import { lineOf } from '../support/api-server/watches.ts';
import { until, withCluster } from './support.ts';

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

test('an answer that never ends is given up', () => {
  let stuck = 0;
  return withCluster(
    {
      timing: { page: 60 },
      prepare: (server) => {
        server.store.set(podManifest('a', '10.0.0.1'));
        server.onRequest((url, response) => {
          if (!url.pathname.endsWith('/pods') || stuck > 0) return false;
          stuck++;
          response.writeHead(200).write('{"items":[');
          return true;
        });
      },
    },
    async ({ sink, ready }) => {
      await ready();
      assert.is(stuck, 1);
      assert.equal(sink.names(), ['Pod default/a']);
    },
  );
});

test.run();
