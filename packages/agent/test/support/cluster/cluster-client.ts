import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Manifest } from '../api-server/store.ts';
import type { Answer, Command } from './cluster-process.ts';

const PROGRAM = new URL('./cluster-process.ts', import.meta.url).pathname;

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** The test's end of a cluster that lives in a network namespace. */
export class ClusterClient {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #last: Promise<unknown> = Promise.resolve();

  constructor(netns: string) {
    const command = ['netns', 'exec', netns, process.execPath, PROGRAM];
    this.#process = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin?.on('error', () => undefined);
    if (!this.#process.stdout) throw new Error('no pipe from the cluster');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves with a kubeconfig. */
  async start(): Promise<string> {
    return (await this.do({ op: 'start' })) as string;
  }

  /** Creates or replaces an object; resolves with the version of the change. */
  async put(manifest: Manifest): Promise<number> {
    return (await this.do({ op: 'put', manifest })) as number;
  }

  async remove({ kind, metadata }: Manifest): Promise<void> {
    await this.do({ op: 'remove', kind, name: metadata.name, namespace: metadata.namespace ?? '' });
  }

  async count(kind: string): Promise<number> {
    return (await this.do({ op: 'count', kind })) as number;
  }

  /** Asks an HTTP server of the node. */
  async get(url: string): Promise<HttpAnswer> {
    return (await this.do({ op: 'get', url })) as HttpAnswer;
  }

  /** One command at a time. */
  do(command: Command): Promise<unknown> {
    const answer = this.#last.then(() => this.#ask(command));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Ends the cluster. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await gone;
  }

  async #ask(command: Command): Promise<unknown> {
    // readline takes the line separators of Unicode for ends of lines, too.
    const line = JSON.stringify(command).replace(/[\u2028\u2029]/g, (separator) =>
      separator === '\u2028' ? '\\u2028' : '\\u2029',
    );
    this.#process.stdin?.write(`${line}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the cluster has ended');
    const answer = JSON.parse(value) as Answer;
    if ('error' in answer) throw new Error(`${command.op}: ${answer.error}`);
    return answer.value;
  }
}
