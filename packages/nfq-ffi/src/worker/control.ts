import { readSync, writeSync } from 'node:fs';
import { NfqError } from '../errors.ts';
import { createSender, LARGEST_SEND } from '../ffi/socket.ts';
import { type Command, encodeFrame, FrameReader, type Message } from './frames.ts';

/** The worker's end of the control pipe, a socket that the parent passes as this descriptor. */
export const CONTROL_FD = 3;

export interface Control {
  /** Reads once, waiting if need be. A closed pipe reads as `stop`: without a parent there is nobody to judge for. */
  read(): readonly Command[];
  /** For what the parent must know; may wait. */
  write(message: Message): void;
  /**
   * For what can wait or comes again: never waits, and returns false when the parent does not read. Throws NFQ_CONTROL for a
   * message of more than 32 KiB.
   */
  offer(message: Message): boolean;
}

const CHUNK = 1 << 20;

export function createControl(): Control {
  const reader = new FrameReader<Command>();
  const chunk = Buffer.alloc(CHUNK);
  let send: ((bytes: Uint8Array) => boolean) | undefined;
  return {
    read() {
      const length = readChunk(chunk);
      return length === 0 ? [{ kind: 'stop' }] : reader.push(chunk.subarray(0, length));
    },
    write(message) {
      writeSync(CONTROL_FD, encodeFrame(message));
    },
    offer(message) {
      // Not before there is something to report: loading libc may fail, and `write` has to tell the parent.
      send ??= createSender(CONTROL_FD);
      const frame = encodeFrame(message);
      if (frame.length > LARGEST_SEND) {
        throw new NfqError('NFQ_CONTROL', `a message of ${frame.length} bytes, more than ${LARGEST_SEND}`);
      }
      return send(frame);
    },
  };
}

/** 0 when the parent has closed its end, also by being killed before it had read all that it was told. */
function readChunk(chunk: Buffer): number {
  try {
    return readSync(CONTROL_FD, chunk);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return 0;
    throw error;
  }
}
