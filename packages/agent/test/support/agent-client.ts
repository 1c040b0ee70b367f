import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReconcileStats } from '../../src/reconcile/stats.ts';
import type { KindStatus } from '../../src/source/source.ts';
import type { ClusterClient } from './cluster/cluster-client.ts';

const PROGRAM = new URL('../../src/main.ts', import.meta.url).pathname;
const ADDRESS = '127.0.0.1:9080';
const PATIENCE_MS = 30_000;

/** What the tests look at in /debug/state. */
export interface DebugState {
  readonly ready: boolean;
  readonly settled: boolean;
  readonly notReady: readonly string[];
  readonly sources: readonly KindStatus[];
  readonly reconcile: ReconcileStats | undefined;
}

export interface AgentOptions {
  readonly netns: string;
  readonly node: string;
  readonly kubeconfig: string;
  readonly flags?: readonly string[];
  /** Where its log goes; a test that fails is read together with it. */
  readonly log: string;
}

/** The agent as a program, in the network namespace of a node. */
export class AgentClient {
  readonly #process: ChildProcess;
  readonly #cluster: ClusterClient;
  readonly #log: WriteStream;

  /** `cluster`: through whom the agent's reports are asked for; it lives in the same namespace. */
  constructor(options: AgentOptions, cluster: ClusterClient) {
    const { netns, node, kubeconfig, flags = [] } = options;
    const args = [
      `--node-name=${node}`,
      `--kubeconfig=${kubeconfig}`,
      `--metrics-bind-address=${ADDRESS}`,
      ...flags,
    ];
    this.#cluster = cluster;
    this.#log = createWriteStream(options.log, { flags: 'a' });
    this.#process = spawn('ip', ['netns', 'exec', netns, process.execPath, PROGRAM, ...args], {
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#process.stderr?.pipe(this.#log);
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the agent has not started');
    return this.#process.pid;
  }

  async state(): Promise<DebugState> {
    return JSON.parse((await this.#get('/debug/state')).text) as DebugState;
  }

  async metrics(): Promise<string> {
    return (await this.#get('/metrics')).text;
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
    this.#log.end();
    return this.#process.exitCode ?? undefined;
  }

  #get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    return this.#cluster.get(`http://${ADDRESS}${path}`);
  }
}
