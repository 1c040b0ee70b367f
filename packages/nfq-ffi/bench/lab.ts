/** What bench and soak share: the namespace, the compiled C programs, and listeners on queue 0. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type QueueStatistics, readStatistics, type SupervisorOptions, supervise } from '../src/index.ts';

const INSIDE = 'NFQ_BENCH_NAMESPACE';
/** The same for the C program and for ours. */
const MAXIMUM_LENGTH = 65536;

/** Starts this script again in a network namespace that ends with it; returns only inside. */
export function enterNamespace(): void {
  if (!process.env[INSIDE]) {
    const env = { ...process.env, [INSIDE]: '1' };
    const { status, error } = spawnSync('unshare', ['--net', process.execPath, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env,
    });
    if (error || process.getuid?.() !== 0) console.error('needs root and unshare');
    process.exit(status ?? 1);
  }
  shell('ip link set lo up; ip addr add 10.1.0.0/16 dev lo; ip addr add 10.2.0.0/24 dev lo');
}

/** Queues all UDP; what is accepted is dropped right behind the queue, so that the queue is what is measured. */
export function queueEverything(): void {
  shell('iptables -t raw -A OUTPUT -p udp -j NFQUEUE --queue-num 0');
  shell('iptables -t security -A OUTPUT -p udp ! --dport 7 -j DROP');
}

export function shell(line: string): void {
  const { status, stderr } = spawnSync('sh', ['-ec', line], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
}

/** Compiled C programs; `close` removes them. */
export interface Programs {
  readonly reference: string;
  readonly traffic: string;
  close(): void;
}

export function compile(): Programs {
  const folder = mkdtempSync(join(tmpdir(), 'nfq-bench-'));
  const build = (name: string, ...libraries: readonly string[]): string => {
    const source = fileURLToPath(new URL(`./${name}.c`, import.meta.url));
    const { status, stderr, error } = spawnSync(
      'cc',
      ['-O2', '-Wall', '-Wextra', '-o', join(folder, name), source, ...libraries],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`cc ${source}: ${error?.message ?? stderr}`);
    return join(folder, name);
  };
  return {
    reference: build('reference', '-l:libnetfilter_queue.so.1'),
    traffic: build('traffic'),
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** Somebody who answers queue 0. */
export interface Listener {
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startReference(
  program: string,
  mode: 'plain' | 'batched',
  core: number,
): Promise<Listener> {
  const child = pinned(core, program, ['0', mode]);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return {
    pid: child.pid as number,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** The real worker under its supervisor, as the agent runs it. */
export async function startWorker(
  judge: string,
  core: number,
  options: Partial<SupervisorOptions> = {},
): Promise<Listener & { update(state: unknown): void }> {
  let pid = 0;
  const supervisor = supervise({
    queues: [{ number: 0, direction: 'original' }],
    judge,
    cores: [core],
    queue: { gso: false, maximumLength: MAXIMUM_LENGTH },
    onEvent: (event) => {
      if (event.kind === 'ready') pid = event.pid ?? 0;
      else console.error(event.error);
    },
    ...options,
  });
  await supervisor.ready;
  return { pid, stop: () => supervisor.stop(), update: (state) => supervisor.update(state) };
}

/** Runs the sender and returns what it printed. */
export async function runTraffic<T>(program: string, core: number, args: readonly string[]): Promise<T> {
  const child = pinned(core, program, args);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`traffic ${args.join(' ')} exited with ${code}`);
  return JSON.parse(output) as T;
}

/** The kernel's counts once nothing waits any more. */
export async function settled(): Promise<QueueStatistics> {
  for (;;) {
    const statistics = readStatistics().find((queue) => queue.number === 0);
    if (statistics === undefined) throw new Error('nobody listens on queue 0 any more');
    if (statistics.waiting === 0) return statistics;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function pinned(core: number, program: string, args: readonly string[]): ChildProcess {
  return spawn('taskset', ['-c', String(core), program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}
