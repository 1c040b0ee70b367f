import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What detection reads of the node's /proc and /sys: the seam for tests. Paths are absolute. */
export interface NodeFiles {
  has(path: string): boolean;
  /** A file's text; undefined where there is none, or it cannot be read. */
  read(path: string): string | undefined;
  /** The names in a folder; none where there is no such folder. */
  list(path: string): readonly string[];
}

/** This machine's files, as this process's network namespace shows them. */
export const NODE_FILES: NodeFiles = Object.freeze({
  has: existsSync,
  read(path: string) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  list(path: string) {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
});
