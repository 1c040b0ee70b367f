import { spawn } from 'node:child_process';

/** How a program ended and what it said. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
}

/** What a command says when it takes longer than a second: on a busy machine any of them may. */
const PROGRESS = /^[a-z ]+(?:: \d+(?: of \d+)?)? …\n/gm;

/** Runs a program of this Node (`args[0]` is the script) and waits for its end. */
export function runNode(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return run(process.execPath, args, options);
}

/** Runs a program and waits for its end; rejects only when it cannot be started. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: options.cwd, env: { ...process.env, ...options.env } });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr: stderr.replace(PROGRESS, '') });
    });
    // A program that ends before it reads its input is judged by what it said, not by our broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
  });
}
