/** The agent of the image: its bundle, with the image's flags, in the network namespace of a node. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { LOCAL_NODE } from '../../compiler/bench/generate.ts';
import type { CommitReport } from '../src/reconcile/stats.ts';

/** What the image gives to node. */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--expose-gc'];

const READY = 'ready: the kernel holds the intent';

/** In a second of processor time, as /proc counts it on every architecture. */
const TICKS = 100;

/** Megabytes resident; the most that the main process has held. */
export interface Memory {
  readonly main: number;
  readonly peak: number;
  readonly workers: readonly number[];
}

/** Seconds of processor time, ended children included. */
export interface CpuTime {
  readonly main: number;
  readonly workers: number;
}

export interface AgentRunOptions {
  readonly netns: string;
  /** The agent's bundle. */
  readonly program: string;
  readonly kubeconfig: string;
}

export class AgentRun {
  /** Of every commit so far. */
  readonly commits: CommitReport[] = [];
  /** Resolves with the milliseconds from the start of the process until the kernel holds the intent. */
  readonly ready: Promise<number>;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor({ netns, program, kubeconfig }: AgentRunOptions) {
    const started = performance.now();
    const flags = [
      `--node-name=${LOCAL_NODE}`,
      `--kubeconfig=${kubeconfig}`,
      '--pod-cidr=10.0.0.0/8,fd00::/16',
      '--metrics-bind-address=127.0.0.1:9080',
      '--log-level=debug',
    ];
    this.#process = spawn(
      'ip',
      ['netns', 'exec', netns, process.execPath, ...NODE_FLAGS, program, ...flags],
      {
        stdio: ['ignore', 'inherit', 'pipe'],
      },
    );
    const ready = Promise.withResolvers<number>();
    this.ready = ready.promise;
    let last = '';
    createInterface({ input: this.#process.stderr as NodeJS.ReadableStream }).on('line', (line) => {
      last = line;
      const entry = JSON.parse(line) as { readonly msg: string; readonly level: string } & CommitReport;
      if (entry.msg === 'committed') this.commits.push(entry);
      else if (entry.msg.startsWith(READY)) ready.resolve(performance.now() - started);
      else if (entry.level === 'error') console.error(line);
    });
    this.#ended = new Promise((resolve) => this.#process.once('exit', resolve));
    const kill = (): boolean => this.#process.kill('SIGKILL');
    process.once('exit', kill);
    void this.#ended.then(() => process.off('exit', kill));
    void this.#ended.then(() => ready.reject(new Error(`the agent ended: ${last}`)));
  }

  memory(): Memory {
    const { main, workers } = this.#pids();
    return {
      main: statusOf(main, 'VmRSS'),
      peak: statusOf(main, 'VmHWM'),
      workers: workers.map((pid) => statusOf(pid, 'VmRSS')),
    };
  }

  cpu(): CpuTime {
    const { main, workers } = this.#pids();
    return {
      main: cpuOf(main),
      workers: workers.reduce((sum, pid) => sum + cpuOf(pid), 0),
    };
  }

  /** Ends it in order; the ruleset stays. */
  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#ended;
  }

  /** `ip netns exec` becomes the agent. */
  #pids(): { readonly main: number; readonly workers: readonly number[] } {
    const main = this.#process.pid as number;
    const pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    return { main, workers: pids.filter((pid) => Number(statOf(pid)[1]) === main) };
  }
}

function statusOf(pid: number, field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s*(\\d+)`, 'm').exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  )?.[1];
  return Number(kilobytes) / 1024;
}

function cpuOf(pid: number): number {
  const ticks = statOf(pid).slice(11, 15).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS;
}

/** The fields of /proc/PID/stat behind the name of the program: state, parent, … Nothing where it has ended. */
function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .trim()
      .split(' ');
  } catch {
    return [];
  }
}
