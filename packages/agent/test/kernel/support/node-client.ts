import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import { ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import type { ReconcileStats } from '../../../src/reconcile/stats.ts';

const PROGRAM = new URL('./node-process.ts', import.meta.url).pathname;

/** A reconciler on the lab's node. */
export class NodeClient {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(lab: Lab, markMask = 0xfff0_0000) {
    const command = ['netns', 'exec', lab.netns(ROUTER), process.execPath, PROGRAM, String(markMask)];
    this.#process = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin?.on('error', () => undefined);
    if (!this.#process.stdout) throw new Error('no pipe from the node');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Makes these documents the cluster; resolves when the kernel has it. */
  become(...manifests: readonly string[]): Promise<ReconcileStats> {
    return this.#ask({ manifests: manifests.join('\n---\n') });
  }

  check(): Promise<ReconcileStats> {
    return this.#ask({ check: true });
  }

  /** Kills the process as nothing can be prepared for; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }

  async #ask(command: unknown): Promise<ReconcileStats> {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the node has ended');
    return JSON.parse(value) as ReconcileStats;
  }
}
