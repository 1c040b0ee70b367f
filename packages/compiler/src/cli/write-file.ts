import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { printable } from '../values/printable.ts';
import { writeWhole } from './output.ts';
import { UsageError } from './usage-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EDQUOT: 'the quota is used up',
  EISDIR: 'it is a directory',
  ENOENT: 'its folder does not exist',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'its folder is no folder',
  EROFS: 'the file system is read-only',
};

/**
 * Writes a file whole or not at all: what was there before stays until all of the new text is on the disk. A device or
 * a pipe is written to as it is.
 * @throws UsageError when that is impossible.
 */
export function writeFileWhole(path: string, text: string): void {
  try {
    const before = statSync(path, { throwIfNoEntry: false });
    if (before && !before.isFile()) writeTo(path, 'w', text);
    else replaceFile(before ? realpathSync(path) : path, before?.mode, text);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot write ${printable(path)}: ${REASONS[code ?? ''] ?? message}`);
  }
}

function replaceFile(path: string, mode: number | undefined, text: string): void {
  const beside = `${path}.${process.pid}.part`;
  try {
    writeTo(beside, 'wx', text);
    if (mode !== undefined) chmodSync(beside, mode);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

function writeTo(path: string, flags: 'w' | 'wx', text: string): void {
  const fd = openSync(path, flags);
  try {
    writeWhole(fd, text);
    if (flags === 'wx') fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
