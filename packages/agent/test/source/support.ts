import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  connect,
  type Diagnostic,
  formatDiagnostic,
  idOf,
  type ModelObject,
  type ObjectId,
} from '@kncompile/compiler';
import { ClusterSource } from '../../src/source/cluster-source.ts';
import { isSynced, type ModelKind, type Rejection, type Sink } from '../../src/source/source.ts';
import type { Pace, Timing } from '../../src/source/timing.ts';
import { ApiServer } from '../support/api-server/server.ts';

/** A sink that remembers what it was told, and in which order. */
export class Recorder implements Sink {
  readonly objects = new Map<string, ModelObject>();
  readonly log: string[] = [];
  readonly rejections: Rejection[] = [];
  readonly syncs: ModelKind[] = [];

  set(object: ModelObject): void {
    this.log.push(`set ${nameOf(idOf(object))}`);
    this.objects.set(nameOf(idOf(object)), object);
  }

  delete(id: ObjectId): void {
    this.log.push(`delete ${nameOf(id)}`);
    if (!this.objects.delete(nameOf(id))) throw new Error(`${nameOf(id)} was deleted without being there`);
  }

  rejected(rejection: Rejection): void {
    this.log.push(`rejected ${nameOf(rejection.id)}: ${rejection.standIn}`);
    this.rejections.push(rejection);
  }

  warned(diagnostics: readonly Diagnostic[]): void {
    this.log.push(...diagnostics.map((each) => `warned ${formatDiagnostic(each)}`));
  }

  synced(kind: ModelKind): void {
    this.syncs.push(kind);
  }

  troubled(about: string, message: string): void {
    this.log.push(`troubled ${about}: ${message}`);
  }

  recovered(about: string): void {
    this.log.push(`recovered ${about}`);
  }

  /** Names of everything in force, sorted. */
  names(): string[] {
    return [...this.objects.keys()].sort();
  }

  /** What was logged since the last call. */
  news(): string[] {
    return this.log.splice(0);
  }
}

export function nameOf({ kind, namespace, name }: ObjectId): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** So short that a test need not wait, and long enough that nothing ends by itself. */
export const QUICK: Timing = {
  backoff: { first: 2, longest: 20 },
  absent: { first: 5, longest: 20 },
  page: 5_000,
  watch: 300_000,
  silence: 60_000,
  steady: 60_000,
};

/** Waits for something that is bound to come. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await sleep(1);
  }
}

export interface Lab {
  readonly server: ApiServer;
  readonly source: ClusterSource;
  readonly sink: Recorder;
  /** Waits until everything is listed, and everything that the server has is watched. */
  ready(): Promise<void>;
}

export interface LabOptions {
  readonly timing?: Partial<Timing>;
  readonly random?: Pace['random'];
  /** Before the source starts. */
  readonly prepare?: (server: ApiServer) => void;
}

/** A server, and a source that runs against it. */
export async function withCluster(options: LabOptions, use: (lab: Lab) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-test-'));
  const server = new ApiServer();
  await server.start();
  options.prepare?.(server);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const sink = new Recorder();
  const source = new ClusterSource(await connect({ kubeconfig }), sink, {
    timing: { ...QUICK, ...options.timing },
    random: options.random ?? (() => 0.5),
  });
  const stop = new AbortController();
  const running = source.run(stop.signal);
  const ready = async () => {
    await until(() => isSynced(source), 'all kinds are listed');
    await until(() => source.status().every(isConnected), 'all kinds are watched');
  };
  try {
    await use({ server, source, sink, ready });
  } finally {
    stop.abort();
    await running;
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function isConnected({ phase }: { readonly phase: string }): boolean {
  return phase === 'watching' || phase === 'absent';
}
