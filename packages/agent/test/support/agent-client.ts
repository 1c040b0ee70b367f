import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding } from '../../src/detect/finding.ts';
import type { JudgeStats } from '../../src/judge/judge-service.ts';
import type { ReconcileStats } from '../../src/reconcile/stats.ts';
import type { KindStatus } from '../../src/source/source.ts';
import type { AgentVariant } from './agent-process.ts';
import type { ClusterClient } from './cluster/cluster-client.ts';

const PROGRAM = new URL('./agent-process.ts', import.meta.url).pathname;
const ADDRESS = '127.0.0.1:9080';
const PATIENCE_MS = 30_000;

/** What the tests look at in /debug/state. */
export interface DebugState {
  readonly ready: boolean;
  readonly settled: boolean;
  readonly notReady: readonly string[];
  readonly sources: readonly KindStatus[];
  readonly reconcile: ReconcileStats | undefined;
  readonly judge: JudgeStats | undefined;
  readonly findings: readonly Finding[] | undefined;
}

export interface AgentOptions {
  readonly netns: string;
  readonly node: string;
  readonly kubeconfig: string;
  readonly flags: readonly string[];
  readonly variant: AgentVariant;
  readonly env: Readonly<Record<string, string>>;
  /** Where its log goes; a test that fails is read together with it. */
  readonly log: string;
}

/** The agent as a program, in the network namespace of a node. */
export class AgentClient {
  readonly #process: ChildProcess;
  readonly #cluster: ClusterClient;

  /** `cluster`: through whom the agent's reports are asked for; it lives in the same namespace. */
  constructor(options: AgentOptions, cluster: ClusterClient) {
    const { netns, node, kubeconfig, flags, variant, env } = options;
    const args = [
      JSON.stringify(variant),
      `--node-name=${node}`,
      `--kubeconfig=${kubeconfig}`,
      `--metrics-bind-address=${ADDRESS}`,
      ...flags,
    ];
    this.#cluster = cluster;
    // However the test ends, the agent ends with it.
    const bound = ['setpriv', '--pdeathsig', 'KILL', process.execPath, PROGRAM];
    this.#process = spawn('ip', ['netns', 'exec', netns, ...bound, ...args], {
      stdio: ['ignore', 'inherit', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#process.stderr?.pipe(createWriteStream(options.log, { flags: 'a' }));
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the agent has not started');
    return this.#process.pid;
  }

  async state(): Promise<DebugState> {
    return JSON.parse((await this.#get('/debug/state')).text) as DebugState;
  }

  /** The sum of a metric over its labels; 0 where there is none of that name. */
  async metric(name: string): Promise<number> {
    const { text } = await this.#get('/metrics');
    const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** What /readyz answers. */
  async readiness(): Promise<number> {
    return (await this.#get('/readyz')).status;
  }

  async until(what: string, condition: (state: DebugState) => boolean): Promise<DebugState> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const state = await this.state().catch(() => undefined);
      if (state && condition(state)) return state;
      if (this.#process.exitCode !== null) throw new Error(`the agent has ended before ${what}`);
      if (performance.now() > deadline)
        throw new Error(`never came: ${what}; ${JSON.stringify(state?.notReady)}`);
      await sleep(5);
    }
  }

  /** Ends the agent, and resolves with its exit code; undefined when a signal ended it. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | undefined> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill(signal);
      await gone;
    }
    return this.#process.exitCode ?? undefined;
  }

  #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return this.#cluster.get(`http://${ADDRESS}${path}`);
  }
}
