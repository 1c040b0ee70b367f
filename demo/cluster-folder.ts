/** The demo's cluster as a directory of manifests that the agent watches: a copy, so that the demo may change it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFiles, Snapshot } from '../packages/compiler/src/index.ts';

export const FIXTURE = join(import.meta.dirname, '../fixtures/demo');

export class ClusterFolder {
  /** The directory of manifests. */
  readonly path: string;
  /** Where the agent's log goes. */
  readonly logFile: string;
  readonly #root = mkdtempSync(join(tmpdir(), 'kncompile-demo-'));

  /** @param without files of the fixture that are added later */
  constructor(...without: readonly string[]) {
    this.path = join(this.#root, 'cluster');
    this.logFile = join(this.#root, 'agent.log');
    process.once('exit', () => this.remove());
    mkdirSync(this.path);
    cpSync(FIXTURE, this.path, { recursive: true });
    for (const file of without) rmSync(join(this.path, file));
  }

  /** Brings a file of the fixture in, or back. */
  add(file: string): void {
    this.#write(file, readFileSync(join(FIXTURE, file), 'utf8'));
  }

  /** Replaces a text in a file; throws where it is not. */
  edit(file: string, from: string, to: string): void {
    const text = readFileSync(join(this.path, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
    this.#write(file, text.replace(from, to));
  }

  /** What `decide` says about the cluster as it is now. */
  async snapshot(): Promise<Snapshot> {
    return new Snapshot((await loadFiles([this.path])).objects);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Whole or not at all: nobody may read half a policy. */
  #write(file: string, text: string): void {
    const fresh = join(this.#root, 'fresh');
    writeFileSync(fresh, text);
    renameSync(fresh, join(this.path, file));
  }
}
