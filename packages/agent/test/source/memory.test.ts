import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { answer } from '../support/api-server/answers.ts';
import { podManifest } from '../support/api-server/manifests.ts';
import { withCluster } from './support.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const PODS = 5000;

/** What must not stay: about 5 kB in each pod that no policy looks at. */
const BALLAST = Array.from({ length: 50 }, (_, n) => ({ name: `VARIABLE_${n}`, value: 'x'.repeat(70) }));

function heap(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('a long list is projected while its pages are read', () => {
  let before = 0;
  let atLastPage = 0;
  return withCluster(
    {
      prepare: (server) =>
        server.onRequest((url, response) => {
          if (!url.pathname.endsWith('/pods') || url.searchParams.has('watch')) return false;
          const start = Number(url.searchParams.get('continue') ?? 0);
          const end = start + Number(url.searchParams.get('limit'));
          if (start === 0) before = heap();
          if (end >= PODS) atLastPage = heap();
          const items = Array.from({ length: end - start }, (_, n) => bulkyPod(start + n));
          answer(response, 200, {
            metadata: { resourceVersion: '1000', ...(end < PODS && { continue: String(end) }) },
            items,
          });
          return true;
        }),
    },
    async ({ sink, ready }) => {
      await ready();
      assert.is(sink.objects.size, PODS);
      const raw = PODS * JSON.stringify(bulkyPod(0)).length;
      assert.ok(raw > 20e6, 'the list is worth a look');
      // Of the raw list a page may be in memory, not more; what is kept are the records.
      assert.ok(atLastPage - before < raw / 4, `${atLastPage - before} bytes at the last page of ${raw}`);
      const kept = (heap() - before) / PODS;
      assert.ok(kept < 1500, `${kept} bytes for a pod`);
    },
  );
});

function bulkyPod(n: number): object {
  const pod = podManifest(`pod-${n}`, `10.1.${n >> 8}.${n & 255}`, { app: `app-${n % 50}`, tier: 'backend' });
  return { ...pod, spec: { nodeName: `node-${n % 100}`, containers: [{ name: 'main', env: BALLAST }] } };
}

test.run();
