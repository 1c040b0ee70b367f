/** Resolvers in the lab, honest and other ones, and pods that ask them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';

const ASKER = new URL('./asker.ts', import.meta.url).pathname;
const LIAR = new URL('./liar.ts', import.meta.url).pathname;

/** Lines of dnsmasq's configuration. */
export type Zone = readonly string[];

/** A process that answers questions. */
export class Resolver {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** Starts dnsmasq where `site` is, on these addresses: it knows its zone and nothing else. */
  static start(lab: Lab, site: string, addresses: readonly string[], zone: Zone): Promise<Resolver> {
    const options = [
      ...['--keep-in-foreground', '--no-resolv', '--no-hosts', '--no-daemon', '--bind-interfaces'],
      ...['--conf-file=/dev/null', '--pid-file=', '--edns-packet-max=4096', '--user=root'],
      ...addresses.map((address) => `--listen-address=${address}`),
      ...zone.map((line) => `--${line}`),
    ];
    return Resolver.#begin(lab, site, ['dnsmasq', ...options]);
  }

  /** Starts one that answers every question with `truth`, after spoofed, and before other answers that say `lie`. */
  static startLiar(lab: Lab, site: string, address: string, truth: string, lie: string): Promise<Resolver> {
    return Resolver.#begin(lab, site, [process.execPath, LIAR, address, truth, lie]);
  }

  /** Resolves when it answers. */
  static async #begin(lab: Lab, site: string, command: readonly string[]): Promise<Resolver> {
    const child = spawn('ip', ['netns', 'exec', lab.netns(site), ...command], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
    });
    for (let tries = 0; !/started/.test(said); tries++) {
      if (child.exitCode !== null || tries > 500) throw new Error(`the resolver does not start: ${said}`);
      await sleep(10);
    }
    return new Resolver(child);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }
}

export interface Reply {
  readonly addresses: readonly string[];
  readonly error: string | undefined;
  readonly milliseconds: number;
}

/** A process in a pod that asks as programs do. */
export class Asker {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(lab: Lab, site: string, server: string) {
    const command = ['netns', 'exec', lab.netns(site), process.execPath, ASKER, server];
    this.#process = spawn('ip', command, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!this.#process.stdout) throw new Error('no pipe from the pod');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask(name: string, type: 'A' | 'AAAA' = 'A'): Promise<Reply> {
    this.#process.stdin?.write(`${JSON.stringify({ name, type })}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(value) as Reply;
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}
