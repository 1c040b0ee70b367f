import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { NfqError } from '../errors.ts';
import type { WorkerReport } from '../worker/counters.ts';
import { type Command, encodeFrame, FrameReader, type Message, type WorkerConfig } from '../worker/frames.ts';

/** Why a worker ended: what it said, or how the system ended it. */
export interface ChildEnd {
  readonly error: Error | undefined;
}

export interface ChildEvents {
  ready(): void;
  report(report: WorkerReport): void;
  tell(message: unknown): void;
  end(end: ChildEnd): void;
}

/** One worker process. */
export interface Child {
  readonly pid: number | undefined;
  send(frame: Buffer): void;
  kill(): void;
}

/** The worker's file, beside this one in the sources and in `dist`. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER = fileURLToPath(new URL(`../worker/main.${EXTENSION}`, import.meta.url));

/**
 * Starts a worker. `entry` is the file to run, where it is not this package's own. `end` is called once, also when
 * the process cannot be started.
 */
export function startChild(config: WorkerConfig, entry: string | undefined, events: ChildEvents): Child {
  // A process group of its own: Ctrl-C is for the parent, which then stops its workers in order.
  const child = spawn(process.execPath, [entry ?? WORKER], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const pipe = child.stdio[3] as Duplex;
  const reader = new FrameReader<Message>();
  let error: Error | undefined;

  const handle = (message: Message): void => {
    switch (message.kind) {
      case 'ready':
        events.ready();
        break;
      case 'report':
        events.report(message.report);
        break;
      case 'tell':
        events.tell(message.message);
        break;
      case 'failed':
        error = new WorkerError(config.queue.number, message.code, message.message);
    }
  };
  pipe.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk).forEach(handle);
    } catch (cause) {
      error = cause as Error;
      child.kill('SIGKILL');
    }
  });
  // The process ends too, and says why: a broken pipe is only the first sign of it.
  pipe.on('error', () => undefined);
  let ended = false;
  const end = (reason: string): void => {
    if (ended) return;
    ended = true;
    events.end({
      error: error ?? (reason ? new WorkerError(config.queue.number, undefined, reason) : undefined),
    });
  };
  child.on('error', (cause) => end(`it cannot be started (${cause.message})`));
  child.on('close', (code, signal) =>
    end(signal ? `it was ended by ${signal}` : code === 0 ? '' : `it exited with ${code}`),
  );

  const send = (frame: Buffer): void => {
    if (!ended && pipe.writable) pipe.write(frame);
  };
  const start: Command = { kind: 'start', config };
  send(encodeFrame(start));
  return { pid: child.pid, send, kill: () => child.kill('SIGKILL') };
}

/** A worker's failure; `code` is the worker's own error code, where it had one. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
  readonly queue: number;
  readonly code: NfqError['code'] | undefined;

  constructor(queue: number, code: NfqError['code'] | undefined, what: string) {
    super(`worker of queue ${queue}: ${what}`);
    this.queue = queue;
    this.code = code;
  }
}
