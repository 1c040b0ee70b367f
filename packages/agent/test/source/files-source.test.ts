import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced, KINDS } from '../../src/source/source.ts';
import { namespaceManifest, podManifest, policyManifest } from '../support/api-server/manifests.ts';
import { BROKEN, closed, names, ROUNDS, textOf, WATCHING, web, withFolder } from './folder.ts';
import { until } from './support.ts';

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

test('a directory that another one takes the place of is watched anew', () =>
  withFolder(
    WATCHING,
    ({ folder, write }) => {
      for (const place of ['one', 'two']) mkdirSync(join(folder, place));
      write('one/a.yaml', web);
      write('two/a.yaml', closed);
    },
    async ({ folder, sink, source, write }) => {
      await until(() => isSynced(source), 'the first load');
      rmSync(join(folder, 'one'), { recursive: true });
      renameSync(join(folder, 'two'), join(folder, 'one'));
      await until(() => names(sink) === 'NetworkPolicy default/closed', 'the exchange');
      write('one/b.yaml', web);
      await until(() => sink.objects.has('Pod default/web'), 'a file in the new directory');
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

test.run();
