/** One size of cluster: the agent starts, idles, and follows events. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentRun, type Memory } from './agent-run.ts';
import { type EventTimes, measureEvents } from './events.ts';
import { LineProcess } from './line-process.ts';
import { CLIENT, fileOf, inside, type Network, openNetwork, PORTS, SERVER } from './network.ts';
import type { PodSize } from './pod-manifest.ts';

export const CONNTRACK_ENTRIES = 100_000;

/** What was left of the start. */
const CALM_MS = 2_000;

export interface Setting {
  /** The agent's bundle, and a place for files. */
  readonly folder: string;
  /** The program that makes packets. */
  readonly wire: string;
  /** Events, half of them in each direction. */
  readonly rounds: number;
  readonly starts: number;
  readonly idleSeconds: number;
}

export interface Size {
  readonly pods: number;
  readonly policies: number;
}

/** Until the kernel holds the intent, at the start without a table. */
export interface Start {
  readonly milliseconds: number;
  /** Seconds of processor time, of the agent and what it started. */
  readonly cpu: number;
}

export interface Measured extends Size {
  /** The fastest. */
  readonly start: Start;
  /** With the table there already. */
  readonly adoption: Start;
  readonly memory: Memory;
  /** Share of a core. */
  readonly idle: { readonly main: number; readonly workers: number };
  readonly events: EventTimes;
  /** The same among 100,000 conntrack entries, where that was asked for. */
  readonly crowded: EventTimes | undefined;
}

export async function measureSize(setting: Setting, size: Size, isCrowded: boolean): Promise<Measured> {
  const { wire, rounds } = setting;
  return await withCluster(setting, size, 'whole', async (network, cluster, start) => {
    const fastest = await fastestStart(setting, network, start);
    const agent = start();
    try {
      const adoption = await readiness(agent);
      const idle = await idleShare(agent, setting.idleSeconds);
      const memory = agent.memory();
      const parts = { network, wire, cluster, agent, rounds };
      const events = await measureEvents(parts);
      if (isCrowded) crowd(network, wire);
      const crowded = isCrowded ? await measureEvents(parts) : undefined;
      return { ...size, start: fastest, adoption, memory, idle, events, crowded };
    } finally {
      await agent.stop();
    }
  });
}

/** The start alone, with pods that have nothing but what policies look at. */
export async function measureBareStart(setting: Setting, size: Size): Promise<Start> {
  return await withCluster(setting, size, 'bare', (network, _cluster, start) =>
    fastestStart(setting, network, start),
  );
}

async function withCluster<T>(
  { folder }: Setting,
  { pods, policies }: Size,
  podSize: PodSize,
  use: (network: Network, cluster: LineProcess, start: () => AgentRun) => Promise<T>,
): Promise<T> {
  const network = openNetwork();
  const program = join(import.meta.dirname, 'cluster.ts');
  const args = [program, String(pods), String(policies), podSize];
  const cluster = new LineProcess(network.node, process.execPath, args);
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, await cluster.hear());
    const start = (): AgentRun =>
      new AgentRun({ netns: network.node, program: join(folder, 'agent.js'), kubeconfig });
    return await use(network, cluster, start);
  } finally {
    await cluster.end();
    network.close();
  }
}

/** Leaves the table of the last start. */
async function fastestStart({ starts }: Setting, { node }: Network, start: () => AgentRun): Promise<Start> {
  let fastest: Start | undefined;
  for (let i = 0; i < starts; i++) {
    if (i > 0) inside(node, 'nft', ['delete', 'table', 'inet', 'kncompile']);
    const agent = start();
    const took = await readiness(agent);
    await agent.stop();
    if (!fastest || took.milliseconds < fastest.milliseconds) fastest = took;
  }
  if (!fastest) throw new Error('no start was asked for');
  return fastest;
}

async function readiness(agent: AgentRun): Promise<Start> {
  const milliseconds = await agent.ready;
  const { main, workers } = agent.cpu();
  return { milliseconds, cpu: main + workers };
}

async function idleShare(agent: AgentRun, seconds: number): Promise<Measured['idle']> {
  await sleep(CALM_MS);
  const before = agent.cpu();
  await sleep(seconds * 1000);
  const after = agent.cpu();
  return {
    main: (after.main - before.main) / seconds,
    workers: (after.workers - before.workers) / seconds,
  };
}

function crowd({ node, client }: Network, wire: string): void {
  const flows = String(CONNTRACK_ENTRIES / PORTS.length);
  for (const port of PORTS)
    inside(node, wire, ['spray', fileOf(client), CLIENT, SERVER, String(port), flows]);
  const entries = Number(inside(node, 'conntrack', ['-C']));
  if (entries < CONNTRACK_ENTRIES) throw new Error(`only ${entries} conntrack entries`);
}
