import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { CompileOptions } from '@kncompile/compiler';
import type { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import { ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import type { JudgeStats } from '../../../src/judge/judge-service.ts';
import type { ReconcileStats } from '../../../src/reconcile/stats.ts';

const PROGRAM = new URL('./judge-node-process.ts', import.meta.url).pathname;

export interface JudgeNodeOptions extends Partial<Pick<CompileOptions, 'datapath' | 'failOpen'>> {
  /** In milliseconds. */
  readonly resolveTimeout: number;
}

export interface JudgeNodeState {
  readonly reconcile: ReconcileStats;
  readonly judge: Omit<JudgeStats, 'denied'> & { readonly denied: readonly (readonly [string, number])[] };
  /** Queue and process. */
  readonly workers: readonly (readonly [queue: number, pid: number])[];
  /** Whether the kernel takes connection marks from verdicts; false before the first report. */
  readonly marksConnections: boolean;
}

/** A reconciler and a judge on the lab's node. */
export class JudgeNode {
  readonly #lab: Lab;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(lab: Lab, options: JudgeNodeOptions) {
    this.#lab = lab;
    const command = ['netns', 'exec', lab.netns(ROUTER), process.execPath, PROGRAM, JSON.stringify(options)];
    this.#process = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin?.on('error', () => undefined);
    if (!this.#process.stdout) throw new Error('no pipe from the node');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Makes these documents the cluster; resolves when the kernel has it. */
  become(...manifests: readonly string[]): Promise<JudgeNodeState> {
    return this.#ask({ manifests: manifests.join('\n---\n') });
  }

  state(): Promise<JudgeNodeState> {
    return this.#ask({});
  }

  /** Packets that came to the queues so far, as the kernel counts them; those of workers that are gone are not in it. */
  queued(): number {
    return this.#queues().reduce((sum, line) => sum + Number(line.split(/\s+/)[7]), 0);
  }

  /** Queues that somebody listens to. */
  listeners(): number {
    return this.#queues().length;
  }

  /** Ends it in order; resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await gone;
  }

  /** Lines of the kernel's list: the eighth number is that of the last packet. */
  #queues(): readonly string[] {
    const listed = this.#lab.exec(ROUTER, 'cat', ['/proc/net/netfilter/nfnetlink_queue']);
    return listed
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  async #ask(command: unknown): Promise<JudgeNodeState> {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the node has ended');
    return JSON.parse(value) as JudgeNodeState;
  }
}
