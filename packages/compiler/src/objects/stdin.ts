import { fstatSync, type Stats, statSync } from 'node:fs';

/**
 * Everything on standard input of the process.
 * @throws an error with the code EISDIR or EBADF where there is nothing to read from: Node's own stream is just empty
 * there.
 */
export async function readStdin(): Promise<Uint8Array> {
  const status = fstatSync(0);
  if (status.isDirectory()) throw failure('EISDIR');
  // In place of a standard input that is closed, Node opens the null device.
  if (isNullDevice(status)) throw failure('EBADF');
  // Loaded only where it is needed, as most input is in files.
  const { buffer } = await import('node:stream/consumers');
  return buffer(process.stdin);
}

function isNullDevice(status: Stats): boolean {
  return status.isCharacterDevice() && status.rdev === statSync('/dev/null').rdev;
}

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
