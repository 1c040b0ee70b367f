import {
  type Cidr,
  type Diagnostic,
  formatDiagnostic,
  type LoadResult,
  loadFiles,
  type ModelObject,
} from '@kncompile/compiler';
import { Inventory } from '../inventory.ts';
import { KindState } from '../kind-state.ts';
import { KINDS, type KindStatus, type Sink, type Source } from '../source.ts';
import { findManifests, type Manifests } from './manifests.ts';
import { fileOf, sortOut } from './sort-out.ts';
import { Troubles } from './troubles.ts';
import { DirectoryWatcher } from './watcher.ts';

/** In milliseconds. */
export interface FilesTiming {
  /** Between two looks at all files, for changes that nobody told about. */
  readonly round: number;
  /** After a change, for those that come with it. */
  readonly settle: number;
}

export const FILES_TIMING: FilesTiming = Object.freeze({ round: 10_000, settle: 50 });

/** Files that change while they are read are read again, but not for ever: a later round sees the rest. */
const ATTEMPTS = 5;

/** The objects of a directory of manifests, completed to a cluster as the command completes them. */
export class FilesSource implements Source {
  readonly #directory: string;
  readonly #podCidrs: readonly Cidr[];
  readonly #sink: Sink;
  readonly #timing: FilesTiming;
  readonly #kinds: readonly { readonly inventory: Inventory; readonly state: KindState }[];
  readonly #troubles: Troubles;
  readonly #watcher = new DirectoryWatcher();
  #fingerprint: string | undefined;
  /** Files that could be read in full at one time. */
  #sound: ReadonlySet<string> = new Set();
  #warnings: ReadonlySet<string> = new Set();

  /** @param podCidrs where pods without an address get one from */
  constructor(directory: string, podCidrs: readonly Cidr[], sink: Sink, timing: FilesTiming = FILES_TIMING) {
    this.#directory = directory;
    this.#podCidrs = podCidrs;
    this.#sink = sink;
    this.#timing = timing;
    this.#troubles = new Troubles(sink);
    this.#kinds = KINDS.map((kind) => {
      const inventory = new Inventory(kind, sink);
      return { inventory, state: new KindState(inventory, sink, kind) };
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    let changed = true;
    while (!signal.aborted) {
      await this.#look(changed, signal);
      changed = await this.#watcher.wait(this.#timing.round, this.#timing.settle, signal);
    }
    this.#watcher.close();
  }

  status(): readonly KindStatus[] {
    const problem = this.#troubles.first();
    return this.#kinds.map(({ state }) => ({ ...state.status(), problem }));
  }

  /** @param changed whether to load even if all files look the same */
  async #look(changed: boolean, signal: AbortSignal): Promise<void> {
    try {
      const found = findManifests(this.#directory);
      // Before anything is read, so that no change falls between.
      this.#watcher.follow(found.directories);
      if (changed || found.fingerprint !== this.#fingerprint) await this.#load(found, signal);
      this.#troubles.clear(this.#directory);
      for (const { state } of this.#kinds) state.heard();
    } catch (error) {
      // A mount that is missing says nothing about policies: what is known stays in force.
      this.#watcher.follow([]);
      this.#troubles.say(this.#directory, (error as Error).message);
    }
  }

  async #load(first: Manifests, signal: AbortSignal): Promise<void> {
    let found = first;
    for (let attempt = 1; ; attempt++) {
      const result = await loadFiles(found.files, { podCidrs: this.#podCidrs });
      if (signal.aborted) return;
      const after = findManifests(this.#directory);
      if (after.fingerprint === found.fingerprint || attempt === ATTEMPTS) {
        this.#apply(result, found);
        this.#fingerprint = found.fingerprint;
        return;
      }
      found = after;
    }
  }

  #apply(result: LoadResult, found: Manifests): void {
    const sound = this.#sound;
    const { readings, broken, complaints, warnings } = sortOut(result, (file) => sound.has(file));
    const read = new Set([...result.objects.map(fileOf), ...result.diagnostics.map(fileOf)]);
    const isKept = (object: ModelObject): boolean => {
      const file = fileOf(object);
      if (found.unreadable.some((directory) => file.startsWith(`${directory}/`))) return true;
      if (!found.files.includes(file) || !sound.has(file)) return false;
      // An error without a file is about one that could not be read at all.
      return broken.has(file) || (broken.has('') && !read.has(file));
    };
    for (const { inventory, state } of this.#kinds) {
      const own = readings.filter(({ id }) => id.kind === inventory.kind);
      inventory.replace(
        own.map((reading) => inventory.weigh(reading)),
        isKept,
      );
      state.enter('watching');
      state.changed();
      state.listed();
    }
    this.#sound = new Set(found.files.filter((file) => sound.has(file) || !broken.has(file)));
    this.#complain(complaints, found);
    this.#warn(warnings);
  }

  #complain(complaints: ReadonlyMap<string, string>, { unreadable }: Manifests): void {
    const all = new Map([...complaints].map(([file, text]) => [file || 'files', text]));
    for (const directory of unreadable) all.set(directory, 'this directory cannot be read');
    this.#troubles.replace(all);
  }

  #warn(warnings: readonly Diagnostic[]): void {
    const fresh = warnings.filter((warning) => !this.#warnings.has(formatDiagnostic(warning)));
    if (fresh.length > 0) this.#sink.warned(fresh);
    this.#warnings = new Set(warnings.map(formatDiagnostic));
  }
}
