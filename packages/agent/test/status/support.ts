/** A server, and sources with status writers at it: of agents only what tells the cluster of policies. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, openSession } from '@kncompile/compiler';
import { Feed } from '../../src/feed.ts';
import { SYSTEM_CLOCK } from '../../src/reconcile/clock.ts';
import { createLogger } from '../../src/report/logger.ts';
import { ClusterSource } from '../../src/source/cluster-source.ts';
import { mappingOf, type RawObject } from '../../src/source/raw-object.ts';
import { isSynced } from '../../src/source/source.ts';
import { CONDITION } from '../../src/status/condition.ts';
import type { KernelState } from '../../src/status/kernel-hold.ts';
import type { StatusPace } from '../../src/status/pace.ts';
import { StatusApi } from '../../src/status/status-api.ts';
import { StatusWriter } from '../../src/status/status-writer.ts';
import { QUICK, until } from '../source/support.ts';
import { adminPolicyManifest } from '../support/api-server/manifests.ts';
import { ApiServer } from '../support/api-server/server.ts';
import type { Manifest } from '../support/api-server/store.ts';

/** So short that a test need not wait. */
export const HASTY: StatusPace = {
  soon: 5,
  late: 20,
  allowance: { burst: 1000, every: 1 },
  backoff: { first: 2, longest: 10 },
  look: 2,
  grace: 20,
  random: Math.random,
};

/**
 * Long enough for every write that HASTY agents have in mind. In ticks of this process, in which the agents live too: where
 * the machine is busy it takes longer.
 */
const QUIET_TICKS = 15;
const TICK_MS = 10;

export interface TestAgent {
  /** Of its kernel: to be set by the test. */
  kernel: KernelState;
  /** `level: message` */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

export interface StatusLab {
  readonly server: ApiServer;
  /** Starts an agent, and resolves when it has listed everything and holds it. */
  agent(node: string, pace?: Partial<StatusPace>): Promise<TestAgent>;
  put(manifest: Manifest): void;
  /** Our condition on a policy. */
  condition(name: string, kind?: string): RawObject | undefined;
  /** Its message; empty where there is none. */
  message(name: string, kind?: string): string;
  events(): readonly Manifest[];
  /** Resolves when nothing was written for a while, with all writes so far. */
  quiet(): Promise<readonly string[]>;
}

export async function inTemporaryFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-test-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function withStatusLab(use: (lab: StatusLab) => Promise<void>): Promise<void> {
  return inTemporaryFolder((folder) => withServerAndAgents(folder, use));
}

async function withServerAndAgents(folder: string, use: (lab: StatusLab) => Promise<void>): Promise<void> {
  const server = new ApiServer();
  await server.start();
  for (const kind of ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'])
    server.store.install(kind);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, server.kubeconfig());
  const agents: TestAgent[] = [];
  const { store } = server;
  const condition = (name: string, kind = 'AdminNetworkPolicy'): RawObject | undefined => {
    const conditions = mappingOf(store.get(kind, name)?.['status'])['conditions'];
    return ((conditions ?? []) as RawObject[]).find(({ type }) => type === CONDITION);
  };
  try {
    await use({
      server,
      agent: async (node, pace) => {
        const agent = await startTestAgent(kubeconfig, node, { ...HASTY, ...pace });
        agents.push(agent);
        return agent;
      },
      put: (manifest) => store.set(manifest),
      condition,
      message: (name, kind) => String(condition(name, kind)?.['message'] ?? ''),
      events: () => store.all('Event'),
      quiet: async () => {
        for (let before = -1; before !== server.writes.length; ) {
          before = server.writes.length;
          for (let tick = 0; tick < QUIET_TICKS; tick++) await sleep(TICK_MS);
        }
        return server.writes;
      },
    });
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await server.stop();
  }
}

export async function startTestAgent(
  kubeconfig: string,
  node: string,
  pace: StatusPace = HASTY,
): Promise<TestAgent> {
  const lines: string[] = [];
  const log = createLogger('info', {
    write(line) {
      const { level, msg } = JSON.parse(line);
      lines.push(`${level}: ${msg}`);
    },
  });
  const feed = new Feed({ nodeName: node, log: createLogger('silent'), placesPods: false });
  const session = await openSession({ kubeconfig });
  const agent: { kernel: KernelState } = { kernel: { isReady: true, problem: undefined } };
  const status = new StatusWriter({
    api: new StatusApi(session),
    node,
    nodes: () => feed.nodes,
    kernel: () => agent.kernel,
    clock: SYSTEM_CLOCK,
    log,
    pace,
  });
  const source = new ClusterSource(
    await connect({ kubeconfig }),
    feed,
    { timing: QUICK, random: () => 0.5 },
    status,
  );
  const stop = new AbortController();
  const running = source.run(stop.signal);
  status.start();
  await until(() => isSynced(source), 'all kinds are listed');
  return Object.assign(agent, {
    lines,
    stop: async () => {
      stop.abort();
      await Promise.all([running, status.stop()]);
    },
  });
}

/** An AdminNetworkPolicy with a port that is none, or with one that is. */
export function adminPolicy(name: string, isBroken: boolean): Manifest {
  const port = isBroken ? 70_000 : 80;
  return adminPolicyManifest(name, 5, [
    {
      action: 'Allow',
      from: [{ namespaces: {} }],
      ports: [{ portNumber: { protocol: 'TCP', port } }],
    },
  ]);
}

export function nodeManifest(name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { addresses: [] } };
}
