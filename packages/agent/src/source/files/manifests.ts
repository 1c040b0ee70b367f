import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What lies below a directory at one moment. */
export interface Manifests {
  /** Sorted. */
  readonly files: readonly string[];
  readonly directories: readonly string[];
  /** Directories that could not be read: nobody knows what is in them. */
  readonly unreadable: readonly string[];
  /** Changes with every file that is replaced, written, added or removed. */
  readonly fingerprint: string;
}

/** What the compiler reads in a directory. */
const MANIFEST = /\.(?:yaml|yml|json)$/;

/**
 * Where Kubernetes keeps the versions of a mounted ConfigMap: `..data` points to the current one, and each file is
 * reached through it by a link that keeps its name.
 */
const VERSIONS = /^\.\./;

/**
 * Finds the manifests below a directory, through links too.
 * @throws the error of the file system when the directory itself cannot be read.
 */
export function findManifests(root: string): Manifests {
  const files: string[] = [];
  const directories: string[] = [];
  const unreadable: string[] = [];
  const prints: string[] = [];
  const seen = new Set<string>();

  const visit = (directory: string): void => {
    const identity = identityOf(directory);
    if (identity === undefined || seen.has(identity)) return;
    seen.add(identity);
    const entries = readdirSync(directory).filter((entry) => !VERSIONS.test(entry));
    directories.push(directory);
    for (const entry of entries.sort()) visitEntry(join(directory, entry));
  };
  const visitEntry = (path: string): void => {
    const status = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (status?.isDirectory()) {
      try {
        visit(path);
      } catch {
        unreadable.push(path);
      }
    } else if (MANIFEST.test(path) && status) {
      files.push(path);
      prints.push(`${path} ${status.ino} ${status.size} ${status.mtimeNs} ${status.ctimeNs}`);
    }
  };
  readdirSync(root);
  visit(root);
  return { files, directories, unreadable, fingerprint: [...prints, ...unreadable].join('\n') };
}

function identityOf(directory: string): string | undefined {
  const status = statSync(directory, { bigint: true, throwIfNoEntry: false });
  return status && `${status.dev}:${status.ino}`;
}
