/** The demo's set-up: the network, the cluster on it, and the agent in between. */
import { Lab } from '../packages/compiler/test/support/lab/lab.ts';
import type { Outcome } from '../packages/compiler/test/support/lab/protocol.ts';
import { ROUTER } from '../packages/compiler/test/support/lab/topology.ts';
import { ClusterFolder } from './cluster-folder.ts';
import { demoEndpoints, NODE, SERVICES } from './hosts.ts';
import { NodeAgent } from './node-agent.ts';
import type { Undo } from './undo.ts';

/** The kernel sends a first packet again after a second: within this time only the first can have come through. */
const FIRST_PACKET_MS = 900;
/** As long as a busy machine may take. */
const PATIENCE_MS = 4000;

/** Builds the network; takes about a second. Rejects where network namespaces do not work. */
export async function buildLab(undo: Undo): Promise<Lab> {
  const lab = await Lab.create(
    demoEndpoints(),
    SERVICES.map(({ port }) => port),
  );
  undo.add(() => lab.close());
  return lab;
}

export class Stage {
  readonly lab: Lab;
  readonly folder: ClusterFolder;
  readonly agent: NodeAgent;

  private constructor(lab: Lab, folder: ClusterFolder, agent: NodeAgent) {
    this.lab = lab;
    this.folder = folder;
    this.agent = agent;
  }

  /** Starts the agent on the fixture without the newcomer; resolves when the kernel holds it. */
  static async start(lab: Lab, undo: Undo): Promise<Stage> {
    const folder = new ClusterFolder('newcomer.yaml');
    undo.add(() => folder.remove());
    const { path: directory, logFile } = folder;
    const agent = new NodeAgent({ netns: lab.netns(ROUTER), node: NODE, directory, logFile });
    undo.add(() => agent.stop());
    await agent.until(
      'the agent is ready',
      ({ ready, settled, judge }) => ready && settled && !!judge?.ready,
    );
    return new Stage(lab, folder, agent);
  }

  /** Changes files; resolves when the kernel holds what follows. Returns how long the kernel's part took, in ms. */
  async change(edit: () => void): Promise<number> {
    const before = (await this.agent.state()).reconcile?.commits ?? 0;
    edit();
    const { reconcile } = await this.agent.until(
      'the kernel holds the change',
      (state) => state.settled && (state.reconcile?.commits ?? 0) > before,
    );
    return reconcile?.lastEventToCommitMs ?? 0;
  }

  /** Tries one TCP connection over IPv4. What should be open gets the time of a busy machine. */
  async reach(from: string, to: string, port: number, expected: Outcome): Promise<Outcome> {
    const probe = {
      protocol: 'TCP',
      from: this.lab.endpoint(from).addresses[4],
      to: this.lab.endpoint(to).addresses[4],
      port,
    } as const;
    const [outcome] = await this.lab.probe([probe], expected === 'open' ? PATIENCE_MS : FIRST_PACKET_MS);
    return outcome as Outcome;
  }
}
