import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program in a network namespace that talks in lines. */
export class LineProcess {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(netns: string, command: string, args: readonly string[]) {
    this.#process = spawn('ip', ['netns', 'exec', netns, command, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process.stdin?.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })[
      Symbol.asyncIterator
    ]();
  }

  say(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  async hear(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#process.spawnargs.join(' ')} has ended`);
    return value;
  }

  /** Closes its input, and waits for its end. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await gone;
  }
}
