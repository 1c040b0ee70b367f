import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilesSource, type FilesTiming } from '../../src/source/files/files-source.ts';
import { podManifest, policyManifest } from '../support/api-server/manifests.ts';
import { Recorder } from './support.ts';

export interface FolderLab {
  readonly folder: string;
  readonly sink: Recorder;
  readonly source: FilesSource;
  write(file: string, ...objects: readonly unknown[]): void;
}

/** No round comes by itself: what is noticed is noticed by watching. */
export const WATCHING: FilesTiming = { round: 60_000, settle: 5 };
/** Only rounds. */
export const ROUNDS: FilesTiming = { round: 10, settle: 0 };

export async function withFolder(
  timing: FilesTiming,
  prepare: (lab: Pick<FolderLab, 'folder' | 'write'>) => void,
  use: (lab: FolderLab) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kncompile-test-'));
  const write = (file: string, ...objects: readonly unknown[]): void =>
    writeFileSync(join(folder, file), textOf(objects));
  const sink = new Recorder();
  const source = new FilesSource(folder, [], sink, timing);
  const stop = new AbortController();
  prepare({ folder, write });
  const running = source.run(stop.signal);
  try {
    await use({ folder, sink, source, write });
  } finally {
    stop.abort();
    await running;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Objects as JSON documents, which are YAML too; texts as they are. */
export function textOf(objects: readonly unknown[]): string {
  return objects.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n---\n');
}

export const web = podManifest('web', '10.0.0.1', { app: 'web' });
export const closed = policyManifest('closed', 'web');
export const BROKEN = 'kind: [unclosed';
export const names = (sink: Recorder) => sink.names().join(', ');
