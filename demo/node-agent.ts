/** The agent as anybody runs it, in the network namespace of the node, and what it reports of itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Denial } from '../packages/agent/src/report/denial.ts';
import type { DebugState } from '../packages/agent/test/support/agent-client.ts';

const PROGRAM = join(import.meta.dirname, '../packages/agent/src/main.ts');
const FETCHER = join(import.meta.dirname, 'fetcher.ts');
const ADDRESS = '127.0.0.1:9080';
/** A busy machine takes its time. */
const PATIENCE_MS = 30_000;

export interface AgentOptions {
  readonly netns: string;
  readonly node: string;
  /** The directory of manifests. */
  readonly directory: string;
  readonly logFile: string;
}

/** What the demo reads in a line of the log. */
export interface LogLine {
  readonly msg: string;
  readonly denied?: Denial;
}

export class NodeAgent {
  readonly #logFile: string;
  readonly #program: ChildProcess;
  readonly #fetcher: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor({ netns, node, directory, logFile }: AgentOptions) {
    const flags = [
      `--source=files:${directory}`,
      `--node-name=${node}`,
      `--metrics-bind-address=${ADDRESS}`,
      // The matrix alone denies a hundred connections at once, and the demo takes its time with a newcomer.
      '--log-denied=200/second',
      '--resolve-timeout=5s',
    ];
    const run = (stdio: ['pipe' | 'ignore', 'pipe' | 'ignore', number | 'inherit'], ...args: string[]) =>
      spawn('ip', ['netns', 'exec', netns, process.execPath, ...args], { stdio });
    this.#logFile = logFile;
    this.#program = run(['ignore', 'ignore', openSync(logFile, 'a')], PROGRAM, ...flags);
    this.#fetcher = run(['pipe', 'pipe', 'inherit'], FETCHER, ADDRESS);
    if (!this.#fetcher.stdout) throw new Error('no pipe from the node');
    this.#answers = createInterface({ input: this.#fetcher.stdout })[Symbol.asyncIterator]();
    // A write to a fetcher that Ctrl-C has ended.
    this.#fetcher.stdin?.on('error', () => undefined);
  }

  async state(): Promise<DebugState> {
    return JSON.parse(await this.get('/debug/state')) as DebugState;
  }

  /** What the agent serves at a path; one request at a time. Throws where nobody answers. */
  async get(path: string): Promise<string> {
    this.#fetcher.stdin?.write(`${path}\n`);
    const { value, done } = await this.#answers.next();
    const text = done ? null : (JSON.parse(value) as string | null);
    if (text === null) throw new Error('the agent does not answer');
    return text;
  }

  /** Throws when the agent has ended, or does not get there within half a minute. */
  async until(what: string, condition: (state: DebugState) => boolean): Promise<DebugState> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const state = await this.state().catch(() => undefined);
      if (state && condition(state)) return state;
      if (this.#program.exitCode !== null || performance.now() > deadline)
        throw new Error(`never came: ${what}; the agent said last:\n${this.#tail()}`);
      await sleep(5);
    }
  }

  log(): readonly LogLine[] {
    const lines = readFileSync(this.#logFile, 'utf8').split('\n');
    // The last one may be half written, and Node has words of its own.
    const own = lines.slice(0, -1).filter((line) => line.startsWith('{'));
    return own.map((line) => JSON.parse(line) as LogLine);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#program, this.#fetcher].map(end));
  }

  #tail(): string {
    return readFileSync(this.#logFile, 'utf8').split('\n').slice(-5).join('\n');
  }
}

/** By SIGTERM first, so that the agent can end its queue workers. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
  await gone;
  clearTimeout(timer);
}
