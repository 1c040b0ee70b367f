import { mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Policy } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isSynced } from '../../src/source/source.ts';
import { namespaceManifest, podManifest, policyManifest } from '../support/api-server/manifests.ts';
import { BROKEN, closed, names, ROUNDS, WATCHING, web, withFolder } from './folder.ts';
import { until } from './support.ts';

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
