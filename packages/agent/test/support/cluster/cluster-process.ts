/**
 * A cluster in a process of its own, so that it can live in the network namespace of a node. Commands come as JSON lines
 * on stdin, one answer each on stdout; it ends with its stdin.
 */
import { createInterface } from 'node:readline';
import type { Manifest } from '../api-server/store.ts';
import { FakeCluster } from './fake-cluster.ts';
import { RealCluster } from './real-cluster.ts';

export type Command =
  | { readonly op: 'start' | 'away' | 'back' | 'stick' | 'disconnect' | 'compact' }
  | { readonly op: 'put'; readonly manifest: Manifest }
  | { readonly op: 'remove'; readonly kind: string; readonly name: string; readonly namespace: string }
  | { readonly op: 'count'; readonly kind: string }
  /** Asks an HTTP server of the node. */
  | { readonly op: 'get'; readonly url: string };

export type Answer = { readonly value?: unknown } | { readonly error: string };

const assets = process.env['KUBEBUILDER_ASSETS'];
const fake = new FakeCluster();
const cluster = assets ? new RealCluster(assets) : fake;

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await obey(JSON.parse(line) as Command).then(
    (value): Answer => ({ value }),
    (error): Answer => ({ error: (error as Error).message }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await cluster.stop();
process.exit();

async function obey(command: Command): Promise<unknown> {
  switch (command.op) {
    case 'start':
      return cluster.start();
    case 'away':
      return cluster.away();
    case 'back':
      return cluster.back();
    case 'stick':
    case 'disconnect':
    case 'compact':
      return fake[command.op]();
    case 'put':
      return cluster.put(command.manifest);
    case 'remove':
      return cluster.remove(command.kind, command.name, command.namespace);
    case 'count':
      return cluster.count(command.kind);
    case 'get': {
      const response = await fetch(command.url, { signal: AbortSignal.timeout(5000) });
      return { status: response.status, text: await response.text() };
    }
  }
}
