import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Policy } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FilesSource, type FilesTiming } from '../../src/source/files/files-source.ts';
import { isSynced, KINDS } from '../../src/source/source.ts';
import { namespaceManifest, podManifest, policyManifest } from '../support/api-server/manifests.ts';
import { Recorder, until } from './support.ts';

interface Lab {
  readonly folder: string;
  readonly sink: Recorder;
  readonly source: FilesSource;
  write(file: string, ...objects: readonly unknown[]): void;
}

/** No round comes by itself: what is noticed is noticed by watching. */
const WATCHING: FilesTiming = { round: 60_000, settle: 5 };
/** Only rounds. */
const ROUNDS: FilesTiming = { round: 10, settle: 0 };

async function withFolder(
  timing: FilesTiming,
  prepare: (lab: Pick<Lab, 'folder' | 'write'>) => void,
  use: (lab: Lab) => Promise<void>,
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
function textOf(objects: readonly unknown[]): string {
  return objects.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n---\n');
}

const web = podManifest('web', '10.0.0.1', { app: 'web' });
const closed = policyManifest('closed', 'web');
const BROKEN = 'kind: [unclosed';
const names = (sink: Recorder) => sink.names().join(', ');

test('reads everything below the directory, and follows what changes', () =>
  withFolder(
    WATCHING,
    ({ folder, write }) => {
      mkdirSync(join(folder, 'deep'));
      write('a.yaml', namespaceManifest('default'), web);
      write('deep/b.json', closed);
      write('notes.txt', 'no manifest');
    },
    async ({ folder, sink, source, write }) => {
      await until(() => isSynced(source), 'the first load');
      assert.is(names(sink), 'Namespace default, NetworkPolicy default/closed, Pod default/web');
      assert.equal([...sink.syncs].sort(), [...KINDS].sort());
      sink.news();
      write('deep/b.json', policyManifest('other', 'web'));
      await until(() => sink.objects.has('NetworkPolicy default/other'), 'the change');
      assert.equal(sink.news(), ['set NetworkPolicy default/other', 'delete NetworkPolicy default/closed']);
      unlinkSync(join(folder, 'a.yaml'));
      await until(() => names(sink) === 'NetworkPolicy default/other', 'the deletion');
      mkdirSync(join(folder, 'new'));
      write('new/c.yml', web);
      await until(() => sink.objects.has('Pod default/web'), 'the new folder');
    },
  ));

test('a load without a difference is no event', () =>
  withFolder(
    WATCHING,
    ({ write }) => write('a.yaml', web),
    async ({ folder, sink, source, write }) => {
      await until(() => isSynced(source), 'the first load');
      sink.news();
      const lists = () => source.status()[0]?.lists ?? 0;
      write('a.yaml', web);
      await until(() => lists() > 1, 'another load');
      renameSync(join(folder, 'a.yaml'), join(folder, 'z.txt'));
      await until(() => sink.objects.size === 0, 'the deletion');
      assert.equal(sink.news(), ['delete Pod default/web']);
    },
  ));

test('a workload becomes pods, as for the command', () =>
  withFolder(
    WATCHING,
    ({ write }) =>
      write('a.yaml', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'default' },
        spec: { replicas: 2, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } },
      }),
    async ({ sink, source }) => {
      await until(() => isSynced(source), 'the first load');
      assert.is(names(sink), 'Pod default/web-0, Pod default/web-1');
    },
  ));

test('a broken file keeps its last good objects until it is good again', () =>
  withFolder(
    WATCHING,
    ({ write }) => {
      write('a.yaml', closed, web);
      write('b.yaml', namespaceManifest('default'));
    },
    async ({ folder, sink, source, write }) => {
      await until(() => isSynced(source), 'the first load');
      const before = names(sink);
      sink.news();
      write('a.yaml', podManifest('half', '10.0.0.9'), BROKEN);
      await until(() => sink.log.length > 0, 'the complaint');
      assert.is(names(sink), before);
      assert.match(sink.news().join(), /^troubled .*a\.yaml: .*\[yaml-syntax\]/);
      assert.match(source.status()[0]?.problem ?? '', 'yaml-syntax');
      write('b.yaml', namespaceManifest('other'));
      await until(() => sink.objects.has('Namespace other'), 'the other file');
      assert.ok(sink.objects.has('NetworkPolicy default/closed'));
      sink.news();
      write('a.yaml', web);
      await until(() => sink.log.some((line) => line.startsWith('recovered')), 'the repair');
      assert.is(names(sink), 'Namespace other, Pod default/web');
      write('a.yaml', BROKEN);
      await until(() => sink.log.some((line) => line.startsWith('troubled')), 'broken again');
      unlinkSync(join(folder, 'a.yaml'));
      await until(() => names(sink) === 'Namespace other', 'a broken file can be deleted');
    },
  ));

test('of a file that was never good the readable part counts', () =>
  withFolder(
    WATCHING,
    ({ write }) => write('a.yaml', web, BROKEN),
    async ({ sink, source }) => {
      await until(() => isSynced(source), 'the first load');
      assert.is(names(sink), 'Pod default/web');
    },
  ));

test('S50: a rejected policy next to a good one isolates and permits nothing', () =>
  withFolder(
    WATCHING,
    ({ write }) => write('a.yaml', web, policyManifest('open', 'web', [{}])),
    async ({ sink, source, write }) => {
      await until(() => isSynced(source), 'the first load');
      sink.news();
      write('a.yaml', web, closed, policyManifest('open', 'web', [{}, { ports: [{ port: 99999 }] }]));
      await until(() => sink.rejections.length > 0, 'the rejection');
      assert.ok(sink.objects.has('NetworkPolicy default/closed'), 'the good one counts');
      const open = sink.objects.get('NetworkPolicy default/open') as Policy;
      assert.is(open.isolates.ingress, true);
      assert.ok(open.rules.ingress.every(({ peers }) => peers.length === 0));
      assert.is(source.status().find(({ kind }) => kind === 'NetworkPolicy')?.rejected, 1);
      write('a.yaml', web, closed, policyManifest('open', 'web', [{}]));
      await until(
        () => (sink.objects.get('NetworkPolicy default/open') as Policy).rules.ingress[0]?.peers === 'any',
        'repaired',
      );
      assert.is(source.status().find(({ kind }) => kind === 'NetworkPolicy')?.rejected, 0);
    },
  ));

test('a ConfigMap is swapped at once: its files keep their names, and no object is missing between', () =>
  withFolder(
    WATCHING,
    ({ folder, write }) => {
      for (const version of ['..1', '..2', '..3']) mkdirSync(join(folder, version));
      write('..1/a.yaml', web, closed);
      write('..2/a.yaml', web, closed, policyManifest('second', 'web'));
      write('..3/a.yaml', BROKEN);
      symlinkSync('..1', join(folder, '..data'));
      symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
    },
    async ({ folder, sink, source }) => {
      const swap = (version: string): void => {
        symlinkSync(version, join(folder, '..data_tmp'));
        renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      };
      await until(() => isSynced(source), 'the first load');
      assert.is(names(sink), 'NetworkPolicy default/closed, Pod default/web');
      sink.news();
      swap('..2');
      await until(() => sink.objects.size === 3, 'the second version');
      assert.equal(sink.news(), ['set NetworkPolicy default/second']);
      swap('..3');
      await until(() => sink.log.some((line) => line.includes('yaml-syntax')), 'the broken version');
      assert.is(sink.objects.size, 3);
    },
  ));

test('without any news from the file system the rounds find what changed', () =>
  withFolder(
    ROUNDS,
    ({ folder, write }) => {
      mkdirSync(join(folder, 'real'));
      write('real/target.txt', web);
      symlinkSync(join('real', 'target.txt'), join(folder, 'a.yaml'));
    },
    async ({ folder, sink, source }) => {
      await until(() => isSynced(source), 'the first load');
      const target = join(folder, 'real/target.txt');
      writeFileSync(target, textOf([podManifest('other', '10.0.0.2')]));
      utimesSync(target, new Date(), new Date(Date.now() + 1000));
      await until(() => names(sink) === 'Pod default/other', 'the change');
    },
  ));

test('a directory that vanishes takes nothing with it', () =>
  withFolder(
    ROUNDS,
    ({ write }) => write('a.yaml', web, closed),
    async ({ folder, sink, source }) => {
      await until(() => isSynced(source), 'the first load');
      renameSync(folder, `${folder}-away`);
      await until(() => sink.log.some((line) => line.startsWith(`troubled ${folder}`)), 'the complaint');
      assert.is(sink.objects.size, 2);
      renameSync(`${folder}-away`, folder);
      await until(() => sink.log.includes(`recovered ${folder}`), 'the return');
      assert.is(sink.objects.size, 2);
    },
  ));

test('is not ready before the directory can be read', () =>
  withFolder(
    ROUNDS,
    ({ folder }) => rmSync(folder, { recursive: true }),
    async ({ folder, sink, source, write }) => {
      await until(() => sink.log.some((line) => line.startsWith(`troubled ${folder}`)), 'the complaint');
      assert.not(isSynced(source));
      mkdirSync(folder);
      write('a.yaml', web);
      await until(() => sink.objects.size === 1, 'the pod');
    },
  ));

test('a link to itself ends', () =>
  withFolder(
    WATCHING,
    ({ folder, write }) => {
      write('a.yaml', web);
      symlinkSync('.', join(folder, 'loop'));
    },
    async ({ sink, source }) => {
      await until(() => isSynced(source), 'the first load');
      assert.is(names(sink), 'Pod default/web');
    },
  ));

test('a second object of one name is said, and the file still counts', () =>
  withFolder(
    WATCHING,
    ({ write }) => {
      write('a.yaml', web);
      write('b.yaml', podManifest('web', '10.0.0.7'), closed);
    },
    async ({ sink, source, write }) => {
      await until(() => isSynced(source), 'the first load');
      assert.is(names(sink), 'NetworkPolicy default/closed, Pod default/web');
      assert.match(sink.news().join(), 'object-duplicate');
      write('b.yaml', podManifest('web', '10.0.0.7'), policyManifest('other', 'web'));
      await until(() => sink.objects.has('NetworkPolicy default/other'), 'the change');
    },
  ));

test.run();
