/** Paths to texts. Directories are walked in one order everywhere; every file is read once, however it is reached. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Diagnostic, diagnostic } from '../errors.ts';
import { compareText } from '../values/collections.ts';
import { quote } from './report.ts';

export interface InputFile {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
}

export interface InputFiles {
  readonly files: readonly InputFile[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The path that stands for standard input. */
export const STDIN = '-';

const STDIN_NAME = '<stdin>';

/** In a directory other files are not looked at; a file that is named is always read. */
const MANIFEST = /\.(?:yaml|yml|json)$/;

/**
 * Reads files, directories with everything below them, and standard input, but none of the files in `except`, by
 * whatever path they are reached. Never throws for what is in the way.
 */
export async function readFiles(
  paths: readonly string[],
  stdin: () => Promise<Uint8Array>,
  except: readonly string[] = [],
): Promise<InputFiles> {
  const files: InputFile[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>(except.flatMap((path) => identityOf(path) ?? []));

  const decode = (file: string, bytes: Uint8Array): void => {
    if (!isUtf8(bytes)) diagnostics.push(notUtf8(file, bytes));
    else
      files.push({
        file,
        text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
          .toString()
          .replace(/^\ufeff/, ''),
      });
  };
  const visit = (path: string): boolean => {
    try {
      const status = statSync(path, { bigint: true });
      const identity = nameOf(status);
      if (seen.has(identity)) return true;
      seen.add(identity);
      if (!status.isDirectory()) {
        decode(path, readFileSync(path));
        return true;
      }
      return visitAll(path);
    } catch (error) {
      diagnostics.push(unreadable(path, error));
      return true;
    }
  };
  const visitStdin = async (): Promise<void> => {
    try {
      decode(STDIN_NAME, await stdin());
    } catch (error) {
      diagnostics.push(unreadable(STDIN_NAME, error));
    }
  };
  /** Whether there was any manifest below. */
  const visitAll = (directory: string): boolean => {
    let found = false;
    for (const entry of readdirSync(directory).sort(compareText)) {
      const path = join(directory, entry);
      if (!MANIFEST.test(entry) && !isDirectory(path)) continue;
      found = visit(path) || found;
    }
    return found;
  };

  for (const path of paths) {
    if (path === STDIN) {
      if (!seen.has(STDIN)) await visitStdin();
      seen.add(STDIN);
    } else if (!visit(path)) {
      const message = `the directory ${quote(path)} holds no manifests`;
      diagnostics.push(diagnostic('input-empty', message, { expected: 'files named .yaml, .yml or .json' }));
    }
  }
  return { files, diagnostics };
}

/** Not its real path, which the pipe behind `-f <(…)` does not have. */
function nameOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function identityOf(path: string): string | undefined {
  try {
    return nameOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EBADF: 'it is closed or the null device',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links run in a circle',
  EMFILE: 'too many files are open',
};

function unreadable(path: string, error: unknown): Diagnostic {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return diagnostic('input-missing', `${quote(path)} does not exist`, {
      expected: 'a file, a directory or -',
    });
  }
  const reason = REASONS[code] ?? (code || 'it is too large');
  return diagnostic('input-unreadable', `${quote(path)} cannot be read: ${reason}`);
}

function notUtf8(file: string, bytes: Uint8Array): Diagnostic {
  const good = Buffer.from(bytes.subarray(0, validLength(bytes))).toString();
  const line = good.slice(good.lastIndexOf('\n') + 1);
  const source = { file, line: good.split('\n').length, column: line.length + 1 };
  return diagnostic('not-utf8', 'this is not UTF-8', { source, excerpt: line, expected: 'text in UTF-8' });
}

/** How many of the bytes are UTF-8 from the start: lines are good or bad on their own, then single bytes are tried. */
function validLength(bytes: Uint8Array): number {
  let start = 0;
  for (;;) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline + 1;
    if (!isUtf8(bytes.subarray(start, end))) {
      let length = end - start - 1;
      while (!isUtf8(bytes.subarray(start, start + length))) length--;
      return start + length;
    }
    start = end;
  }
}
