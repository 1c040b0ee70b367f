import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NodeWatch, type NodeWatchParts } from '../../src/detect/node-watch.ts';
import { FakeClock } from '../reconcile/support.ts';

const IPVS = '/proc/net/ip_vs';
const LISTING = 'IP Virtual Server version 1.2.1 (size=4096)\n';

interface Bench {
  readonly watch: NodeWatch;
  readonly clock: FakeClock;
  readonly files: Map<string, string>;
  readonly said: string[];
  readonly switched: boolean[];
  markWriters: readonly string[];
  looks: number;
  canJudge: boolean;
  flowtables: string;
}

function bench(): Bench {
  const said: string[] = [];
  const files = new Map<string, string>();
  const clock = new FakeClock();
  const made = {
    clock,
    files,
    said,
    switched: [] as boolean[],
    markWriters: [],
    looks: 0,
    canJudge: true,
    flowtables: '',
  };
  const say = (level: string) => (fields: object, message?: string) =>
    void said.push(`${level} ${(fields as { code: string }).code}: ${message}`);
  const parts: NodeWatchParts = {
    files: { has: (path) => files.has(path), read: (path) => files.get(path), list: () => [] },
    clock,
    log: {
      error: (message: string) => void said.push(`error ${message}`),
      warn: say('warn'),
      info: say('info'),
    } as NodeWatchParts['log'],
    facts: () => ({
      queueVia: 'nft',
      conntrack: true,
      marksConnections: true,
      markWriters: bench.markWriters,
    }),
    async listFlowtables() {
      bench.looks++;
      return bench.flowtables;
    },
    canJudgeIpvs: async () => bench.canJudge,
    onIpvs: (ipvs) => void made.switched.push(ipvs),
  };
  const bench: Bench = Object.assign(made, { watch: new NodeWatch(parts) });
  return bench;
}

const codes = ({ watch }: Bench): readonly string[] => watch.findings.map(({ code }) => code);

test('looks at once and every minute; what is found is said once, and once when it is gone', async () => {
  const made = bench();
  made.markWriters = ['ip mangle PREROUTING'];
  await made.watch.start();
  assert.equal(codes(made), ['foreign-mark-writer']);
  await made.clock.advance(180_000);
  assert.is(made.looks, 4);
  assert.is(made.said.length, 1);
  assert.match(made.said[0] ?? '', /^warn foreign-mark-writer: .*ip mangle PREROUTING$/);
  made.markWriters = [];
  await made.clock.advance(60_000);
  assert.equal(codes(made), []);
  assert.match(made.said[1] ?? '', /^info foreign-mark-writer: no longer so: /);
  await made.watch.stop();
});

test('IPVS that is there at the start is known before start resolves', async () => {
  const made = bench();
  made.files.set(IPVS, LISTING);
  await made.watch.start();
  assert.equal(made.switched, [true]);
  assert.equal(codes(made), []);
  await made.watch.stop();
});

test('IPVS that comes or goes is noticed within a second', async () => {
  const made = bench();
  await made.watch.start();
  made.files.set(IPVS, LISTING);
  await made.clock.advance(1_000);
  assert.equal(made.switched, [true]);
  await made.clock.advance(10_000);
  made.files.delete(IPVS);
  await made.clock.advance(1_000);
  assert.equal(made.switched, [true, false]);
  await made.watch.stop();
});

test('who writes our mark bits is reported within a second of being found, once', async () => {
  const made = bench();
  await made.watch.start();
  made.markWriters = ['inet others forward'];
  await made.clock.advance(1_000);
  assert.equal(codes(made), ['foreign-mark-writer']);
  await made.clock.advance(30_000);
  assert.equal([made.looks, made.said.length], [2, 1]);
  await made.watch.stop();
});

test('IPVS that the kernel cannot judge is reported, tried again every minute, and judged when it can', async () => {
  const made = bench();
  made.canJudge = false;
  made.files.set(IPVS, LISTING);
  await made.watch.start();
  assert.equal(codes(made), ['ipvs-not-judged']);
  await made.clock.advance(30_000);
  assert.is(made.looks, 1);
  made.canJudge = true;
  await made.clock.advance(30_000);
  assert.equal([codes(made), made.switched], [[], [true]]);
  await made.watch.stop();
});

test('a look that fails is said, and the next one works', async () => {
  const made = bench();
  made.flowtables = 'no JSON';
  await made.watch.start();
  assert.match(made.said[0] ?? '', /^error the node could not be looked at: SyntaxError/);
  made.flowtables = '';
  made.markWriters = ['ip a b'];
  await made.clock.advance(60_000);
  assert.equal(codes(made), ['foreign-mark-writer']);
  await made.watch.stop();
});

test('nothing happens after stop', async () => {
  const made = bench();
  await made.watch.start();
  await made.watch.stop();
  made.files.set(IPVS, LISTING);
  await made.clock.advance(120_000);
  assert.equal([made.looks, made.switched], [1, []]);
});

test.run();
