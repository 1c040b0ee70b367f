import { type FSWatcher, watch } from 'node:fs';
import { pause } from '../backoff.ts';

/** Wakes its owner when something changes in one of some directories. */
export class DirectoryWatcher {
  readonly #watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();
  #changed = false;
  #wake: (() => void) | undefined;

  /**
   * Makes these the directories that are watched: path -> what tells it from another one in its place. One that cannot
   * be watched is left to the owner's own rounds.
   */
  follow(directories: ReadonlyMap<string, string>): void {
    for (const [directory, { identity }] of this.#watchers) {
      if (directories.get(directory) !== identity) this.#drop(directory);
    }
    for (const [directory, identity] of directories) {
      if (!this.#watchers.has(directory)) this.#add(directory, identity);
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
    this.follow(new Map());
  }

  #add(directory: string, identity: string): void {
    try {
      const watcher = watch(directory, () => {
        this.#changed = true;
        this.#wake?.();
      });
      watcher.on('error', () => this.#drop(directory));
      this.#watchers.set(directory, { identity, watcher });
    } catch {
      // Gone again, or the user's inotify watches are used up.
    }
  }

  #drop(directory: string): void {
    this.#watchers.get(directory)?.watcher.close();
    this.#watchers.delete(directory);
  }
}
