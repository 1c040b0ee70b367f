import { deserialize, serialize } from 'node:v8';
import { NfqError, type NfqErrorCode } from '../errors.ts';
import type { Verdict } from '../netlink/verdict.ts';
import type { QueueOptions } from '../queue/queue.ts';
import type { WorkerReport } from './counters.ts';
import type { Direction } from './judge.ts';

/** Everything a worker needs to know to start. */
export interface WorkerConfig {
  readonly queue: Omit<QueueOptions, 'wakeOn'>;
  readonly direction: Direction;
  /** Absolute path or URL of the judge's module. */
  readonly judge: string;
  readonly failVerdict: Verdict;
  readonly holdMs: number;
  /** The core to run on. */
  readonly core: number;
  /** First argument of the judge's `update`; undefined: none. */
  readonly state: unknown;
}

/** What a parent says to its worker: `start` once and first, `stop` last. */
export type Command =
  | { readonly kind: 'start'; readonly config: WorkerConfig }
  | { readonly kind: 'update'; readonly state: unknown }
  | { readonly kind: 'stop' };

/** What a worker says to its parent. */
export type Message =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'tell'; readonly message: unknown }
  | { readonly kind: 'failed'; readonly code: NfqErrorCode | undefined; readonly message: string };

const LENGTH = 4;

/** One message on the control pipe: its length in four bytes, then a structured clone. */
export function encodeFrame(message: Command | Message): Buffer {
  const body = serialize(message);
  const length = Buffer.alloc(LENGTH);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

/** Cuts a byte stream into messages again. Throws NFQ_CONTROL for what is none. */
export class FrameReader<T extends Command | Message> {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Uint8Array): readonly T[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: T[] = [];
    for (let end = this.#end(); end <= this.#rest.length; end = this.#end()) {
      messages.push(decode<T>(this.#rest.subarray(LENGTH, end)));
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }

  #end(): number {
    return this.#rest.length < LENGTH ? Number.POSITIVE_INFINITY : LENGTH + this.#rest.readUInt32LE(0);
  }
}

function decode<T>(body: Buffer): T {
  try {
    return deserialize(body) as T;
  } catch (cause) {
    throw new NfqError('NFQ_CONTROL', `a message on the control pipe cannot be read (${String(cause)})`);
  }
}
