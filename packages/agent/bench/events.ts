/** From an event at the API server to the first packet with another verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommitReport } from '../src/reconcile/stats.ts';
import type { AgentRun } from './agent-run.ts';
import { LineProcess } from './line-process.ts';
import { clientPod } from './manifests.ts';
import { CLIENT, fileOf, type Network, PORTS, SERVER } from './network.ts';

/** Longer than the reconciler joins events, and not in step with it. */
const PAUSE_MS = 25;
const JITTER_MS = 20;

/** Milliseconds, one number for each event. */
export interface EventTimes {
  /** A permission comes: the first packet that passes. */
  readonly opened: readonly number[];
  /** A permission goes: the first packet of the established flow that is lost. */
  readonly cut: readonly number[];
  /** As the agent sees its events: its commits from the first event on. */
  readonly commits: readonly CommitReport[];
}

export interface EventParts {
  readonly network: Network;
  readonly wire: string;
  readonly cluster: LineProcess;
  readonly agent: AgentRun;
  readonly rounds: number;
}

/** Changes the label of one pod of another node, back and forth, while packets of one flow come from it. */
export async function measureEvents({
  network,
  wire,
  cluster,
  agent,
  rounds,
}: EventParts): Promise<EventTimes> {
  const { client, server, node } = network;
  const probe = new LineProcess(node, wire, [
    'probe',
    fileOf(client),
    fileOf(server),
    CLIENT,
    SERVER,
    String(PORTS[0]),
  ]);
  const times = { opened: [] as number[], cut: [] as number[] };
  const change = async (app: 'client' | 'stranger'): Promise<void> => {
    cluster.say(JSON.stringify(clientPod(app)));
    const told = Number(await cluster.hear());
    const expected = app === 'client' ? 'pass' : 'drop';
    for (;;) {
      const [verdict, at] = (await probe.hear()).split(' ');
      // A busy machine may have delivered late what was no change of the verdict.
      if (verdict !== expected || Number(at) < told) continue;
      times[app === 'client' ? 'opened' : 'cut'].push((Number(at) - told) / 1e6);
      return;
    }
  };
  try {
    await probe.hear();
    const before = agent.commits.length;
    for (let i = 0; i < rounds; i++) {
      for (const app of ['stranger', 'client'] as const) {
        await sleep(PAUSE_MS + Math.random() * JITTER_MS);
        await change(app);
      }
    }
    return { ...times, commits: agent.commits.slice(before) };
  } finally {
    await probe.end();
  }
}
