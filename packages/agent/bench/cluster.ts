/**
 * A cluster behind an API server, in a process of its own: cluster.ts PODS POLICIES whole|bare. Its lists are written beforehand, so
 * that what the agent takes for them is the agent's. The first line on stdout is a kubeconfig; then each line on stdin is
 * an object that changes, answered by when that was told (CLOCK_MONOTONIC, nanoseconds).
 */
import { createInterface } from 'node:readline';
import { collectionPath, RESOURCES } from '@kncompile/compiler';
import { ApiServer } from '../test/support/api-server/server.ts';
import type { Manifest } from '../test/support/api-server/store.ts';
import { clusterManifests } from './manifests.ts';
import type { PodSize } from './pod-manifest.ts';

/** As many as are asked for at once. */
const PAGE = 500;

const [pods, policies, podSize] = process.argv.slice(2) as [string, string, PodSize];
const server = new ApiServer();
const revision = server.store.revision;
const pages = new Map<string, readonly Buffer[]>();
const byKind = Map.groupBy(
  clusterManifests({ pods: Number(pods), policies: Number(policies) }, podSize),
  ({ kind }) => kind,
);
for (const resource of RESOURCES) {
  server.store.install(resource.kind);
  pages.set(collectionPath(resource), pagesOf(byKind.get(resource.kind) ?? []));
}
byKind.clear();

server.onRequest((url, response) => {
  const all = pages.get(url.pathname);
  if (!all || url.searchParams.has('watch')) return false;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(all[Number(url.searchParams.get('continue') ?? 0)]);
  return true;
});
await server.start();
console.log(server.kubeconfig());

for await (const line of createInterface({ input: process.stdin })) {
  const manifest = JSON.parse(line) as Manifest;
  const at = process.hrtime.bigint();
  server.store.set(manifest);
  console.log(String(at));
}
process.exit();

function pagesOf(items: readonly Manifest[]): readonly Buffer[] {
  const count = Math.max(1, Math.ceil(items.length / PAGE));
  return Array.from({ length: count }, (_, i) => {
    const metadata = { resourceVersion: String(revision), ...(i < count - 1 && { continue: String(i + 1) }) };
    const page = items
      .slice(i * PAGE, (i + 1) * PAGE)
      .map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => ({
        ...item,
        metadata: { ...item.metadata, resourceVersion: String(revision) },
      }));
    return Buffer.from(JSON.stringify({ metadata, items: page }));
  });
}
