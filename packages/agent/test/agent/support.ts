/** The agent as a program, seen from outside. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export const PROGRAM = new URL('../../src/main.ts', import.meta.url).pathname;

const PATIENCE_MS = 30_000;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface StartOptions {
  /** The words before node: what runs it. */
  readonly through?: readonly string[];
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdio?: SpawnOptions['stdio'];
}

/** One run of the program. */
export class Run {
  readonly lines: LogLine[] = [];
  readonly process: ChildProcess;
  /** What was no JSON: there should be nothing. */
  stray = '';
  stdout = '';
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;

  constructor(args: readonly string[], options: StartOptions = {}) {
    const { through = [], program = PROGRAM, env = {}, stdio = ['ignore', 'pipe', 'pipe'] } = options;
    const [command = '', ...rest] = [...through, process.execPath, program, ...args];
    const { KUBECONFIG: _, NODE_NAME: __, ...inherited } = process.env;
    this.process = spawn(command, rest, { stdio, env: { ...inherited, ...env } });
    this.process.stdout?.on('data', (chunk) => {
      this.stdout += chunk;
    });
    if (this.process.stderr)
      createInterface({ input: this.process.stderr }).on('line', (line) => this.#heard(line));
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'));
    });
  }

  /** Resolves with the first line, so far or to come, that says it. */
  async says(words: string | RegExp): Promise<LogLine> {
    const found = (): LogLine | undefined =>
      this.lines.find(({ msg }) => (typeof words === 'string' ? msg.includes(words) : words.test(msg)));
    await until(
      `"${words}" in ${JSON.stringify(this.lines.slice(-5))}${this.stray}`,
      () => found() !== undefined,
    );
    return found() as LogLine;
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Ends it at once, if it has not ended. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  #heard(line: string): void {
    try {
      this.lines.push(JSON.parse(line) as LogLine);
    } catch {
      this.stray += `${line}\n`;
    }
  }
}

export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never came: ${what}`);
    await sleep(20);
  }
}
