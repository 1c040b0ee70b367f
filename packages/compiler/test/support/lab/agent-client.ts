/** The lab's end of the pipe to one agent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Answer, Command, Message } from './protocol.ts';

const AGENT_FILE = new URL('./agent.ts', import.meta.url).pathname;

interface Waiter {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

export class AgentClient {
  /** Told of answers to probes as they come. */
  onAnswers: (answers: readonly Answer[]) => void = () => undefined;
  readonly #process: ChildProcess;
  readonly #netns: string;
  readonly #waiting: Waiter[] = [];

  /** Starts an agent inside the network namespace `netns`. */
  constructor(netns: string) {
    this.#netns = netns;
    this.#process = spawn('ip', ['netns', 'exec', netns, process.execPath, AGENT_FILE], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#process.once('exit', (code, signal) => this.#ended(`ended with ${signal ?? `code ${code}`}`));
    this.#process.once('error', (error) => this.#ended(error.message));
    // A write to an agent that has just ended: its exit says more.
    this.#process.stdin?.on('error', () => undefined);
    if (this.#process.stdout) {
      createInterface({ input: this.#process.stdout }).on('line', (line) => this.#heard(JSON.parse(line)));
    }
  }

  /** Sends a command and waits for its end; one at a time. */
  request(command: Command): Promise<Message> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    });
  }

  /** Ends the agent and waits until it is gone. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await gone;
  }

  #heard(message: Message): void {
    if (message.type === 'answers') {
      this.onAnswers(message.answers);
      return;
    }
    const waiter = this.#waiting.shift();
    if (message.type === 'failed') waiter?.reject(new Error(`${this.#netns}: ${message.message}`));
    else waiter?.resolve(message);
  }

  #ended(how: string): void {
    for (const waiter of this.#waiting.splice(0)) waiter.reject(new Error(`agent in ${this.#netns} ${how}`));
  }
}
