/** Between source and reconciler. */
import { type ModelObject, parseObject } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Feed } from '../../src/feed.ts';
import { createLogger } from '../../src/report/logger.ts';
import { KINDS } from '../../src/source/source.ts';

interface Bench {
  readonly feed: Feed;
  /** What came through: `set Pod a`, `delete Pod`, `ready`. */
  readonly calls: string[];
  readonly lines: string[];
}

function bench(placesPods = false): Bench {
  const calls: string[] = [];
  const lines: string[] = [];
  const log = createLogger('info', {
    write(line) {
      const { level, msg } = JSON.parse(line);
      lines.push(`${level}: ${msg}`);
    },
  });
  const feed = new Feed({ nodeName: 'here', log, placesPods });
  feed.attach({
    set: (object) =>
      void calls.push(`set ${object.kind} ${object.kind === 'Pod' ? object.node : object.name}`),
    delete: ({ kind }) => void calls.push(`delete ${kind}`),
    ready: () => void calls.push('ready'),
  });
  return { feed, calls, lines };
}

function objectOf(kind: string, name: string, spec: object = {}): ModelObject {
  const raw = { apiVersion: 'v1', kind, metadata: { name }, spec, status: {} };
  const { object } = parseObject(raw);
  if (!object) throw new Error(`${kind} is broken`);
  return object;
}

const pod = (spec: object): ModelObject => objectOf('Pod', 'web', { containers: [], ...spec });

function syncAll(feed: Feed): void {
  for (const kind of KINDS) feed.synced(kind);
}

test('ready is said once, when the last kind has been listed', () => {
  const { feed, calls } = bench();
  for (const kind of KINDS.slice(1)) feed.synced(kind);
  feed.synced(KINDS[1] as (typeof KINDS)[number]);
  assert.equal(calls, []);
  feed.synced(KINDS[0] as (typeof KINDS)[number]);
  syncAll(feed);
  assert.equal(calls, ['ready']);
});

test('pods of files without a node are of this one, as with the command; those of a cluster are nowhere yet', () => {
  for (const [placesPods, expected] of [
    [true, ['set Pod here', 'set Pod there']],
    [false, ['set Pod undefined', 'set Pod there']],
  ] as const) {
    const { feed, calls } = bench(placesPods);
    feed.set(pod({}));
    feed.set(pod({ nodeName: 'there' }));
    assert.equal(calls, expected);
  }
});

test('a node name that no Node object has is worth a word, where there are Node objects', () => {
  const warnings = (...nodes: readonly string[]): number => {
    const { feed, lines } = bench();
    for (const name of nodes) feed.set(objectOf('Node', name));
    syncAll(feed);
    return lines.filter((line) => line.startsWith('warn: the cluster has no Node object')).length;
  };
  assert.is(warnings('there', 'elsewhere'), 1);
  assert.is(warnings('there', 'here'), 0);
  assert.is(warnings(), 0);
  const { feed, lines } = bench();
  feed.set(objectOf('Node', 'here'));
  feed.set(objectOf('Node', 'there'));
  feed.delete({ kind: 'Node', namespace: '', name: 'here' });
  syncAll(feed);
  assert.is(lines.length, 2);
});

test('what a source has to say is in the log', () => {
  const { feed, lines, calls } = bench();
  const id = { kind: 'NetworkPolicy', namespace: 'shop', name: 'db' } as const;
  for (const standIn of ['remnant', 'previous', 'nothing'] as const)
    feed.rejected({ id, standIn, diagnostics: [] });
  feed.troubled('pods', 'the server is away');
  feed.recovered('pods');
  assert.equal(lines, [
    'error: rejected: what of it can be read isolates and denies, and allows nothing',
    'error: rejected: its last good version stays; of a policy only what isolates and denies',
    'error: rejected: it has no effect',
    'error: the server is away',
    'info: fine again',
  ]);
  assert.equal(calls, []);
});

test.run();
