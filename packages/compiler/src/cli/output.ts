import { fstatSync, writeSync } from 'node:fs';
import { UsageError } from './usage-error.ts';

/** Where data and messages go. */
export interface Sink {
  data(text: string): void;
  message(text: string): void;
}

/** In place of the streams of the process, while something else in the process wants to read along. */
let sink: Sink | undefined;

/** Sends everything that is printed until `use` has ended to a sink. One at a time. */
export async function withSink<T>(other: Sink, use: () => Promise<T>): Promise<T> {
  const before = sink;
  sink = other;
  try {
    return await use();
  } finally {
    sink = before;
  }
}

/** Whether what is printed goes to a sink. */
export function isRedirected(): boolean {
  return sink !== undefined;
}

/** Writes data to stdout and waits until it has left; a reader who went away (`| head`) is no error. */
export async function printData(text: string): Promise<void> {
  if (sink) return sink.data(text);
  try {
    if (mayBlock(process.stdout.fd)) await writeStream(process.stdout, text);
    else writeWhole(process.stdout.fd, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EPIPE') return;
    throw new UsageError(
      `cannot write the output: ${code === 'ENOSPC' ? 'no space left on the device' : message}`,
    );
  }
}

/** Writes messages to stderr; where even that is impossible, only the exit code is left to speak. */
export async function printMessage(text: string): Promise<void> {
  if (sink) return sink.message(`${text}\n`);
  await writeStream(process.stderr, `${text}\n`).catch(() => {});
}

/** Something that the user should know and need not correct. */
export function printNote(text: string): Promise<void> {
  return printMessage(`note: ${text}`);
}

/** Pipes, sockets and terminals make their writers wait: only the stream knows how. */
function mayBlock(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isFIFO() || stat.isSocket() || process.stdout.isTTY === true;
}

/** To a file: Node's own stream takes a short write on a full disk for a complete one. */
export function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

function writeStream(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The failure also comes as an event, which would be thrown if nobody listened.
    stream.once('error', reject);
    stream.write(text, (error) => {
      if (error) return reject(error);
      stream.removeListener('error', reject);
      resolve();
    });
  });
}
