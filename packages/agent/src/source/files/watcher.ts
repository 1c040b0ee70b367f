import { type FSWatcher, watch } from 'node:fs';
import { pause } from '../backoff.ts';

/** Wakes its owner when something changes in one of some directories. */
export class DirectoryWatcher {
  readonly #watchers = new Map<string, FSWatcher>();
  #changed = false;
  #wake: (() => void) | undefined;

  /** Makes these the directories that are watched. One that cannot be is left to the owner's own rounds. */
  follow(directories: readonly string[]): void {
    for (const [directory, watcher] of this.#watchers) {
      if (!directories.includes(directory)) this.#drop(directory, watcher);
    }
    for (const directory of directories) {
      if (!this.#watchers.has(directory)) this.#add(directory);
    }
  }

  /**
   * Waits for a change, and then as long as `settle` for those that come with it; or for `limit`.
   * @returns whether something changed
   */
  async wait(limit: number, settle: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#changed) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await pause(limit, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
    }
    if (!this.#changed) return false;
    await pause(settle, signal);
    this.#changed = false;
    return true;
  }

  close(): void {
    this.follow([]);
  }

  #add(directory: string): void {
    try {
      const watcher = watch(directory, () => {
        this.#changed = true;
        this.#wake?.();
      });
      watcher.on('error', () => this.#drop(directory, watcher));
      this.#watchers.set(directory, watcher);
    } catch {
      // Gone again, or the user's inotify watches are used up.
    }
  }

  #drop(directory: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(directory);
  }
}
