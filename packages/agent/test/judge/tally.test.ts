/** What is counted of all workers together. */
import type { WorkerReport } from '@kncompile/nfq-ffi';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Report } from '../../src/judge/messages.ts';
import { MOST_POLICIES, OTHERS, Tally } from '../../src/judge/tally.ts';
import { COUNTS } from '../../src/judge/verdict-reasons.ts';

const NO_WORDS = new Int32Array(0);

function worker(queue: number, pid: number, held: number, holding: number): WorkerReport {
  const counters = {
    held,
    expired: 1,
    holdsRefused: 0,
    sourceHoldsRefused: 2,
    judgeErrors: 0,
    unjudgeable: { truncated: 1, badVersion: 0, badLength: 0, laterFragment: 1 },
  };
  return { queue, pid, holding, counters } as unknown as WorkerReport;
}

function report(denied: readonly number[], fates: readonly number[] = []): Report {
  return {
    questions: NO_WORDS,
    unknown: { 4: NO_WORDS, 6: NO_WORDS },
    refused: 0,
    counts: new Int32Array(COUNTS),
    denied: Int32Array.from(denied),
    names: { worker: 0, told: [], upTo: 0, fates: Int32Array.from(fates) },
  };
}

test('a worker that starts anew begins at 0; the sums go on', () => {
  const tally = new Tally();
  tally.noteEvent({ kind: 'ready', queue: 1, pid: 10 });
  tally.noteWorker(worker(1, 10, 5, 3));
  tally.noteWorker(worker(1, 10, 7, 2));
  tally.noteWorker(worker(2, 20, 100, 1));
  assert.equal([tally.stats().held, tally.stats().holding], [107, 2]);
  tally.noteEvent({ kind: 'lost', queue: 1, error: undefined, retryMs: 100 });
  assert.equal([tally.stats().held, tally.stats().holding, tally.stats().restarts], [107, 0, 1]);
  tally.noteEvent({ kind: 'ready', queue: 1, pid: 11 });
  tally.noteWorker(worker(1, 11, 1, 1));
  const { held, holding, holdsRefused, unjudgeable, ready } = tally.stats();
  assert.equal([held, holding, holdsRefused, unjudgeable, ready], [108, 1, 6, 6, 1]);
});

test('denials by policy: names up to a number, the rest and unknown reasons together', () => {
  const tally = new Tally();
  const reasons = Array.from({ length: MOST_POLICIES + 10 }, (_, i) => ({
    id: i + 1,
    rule: undefined,
    policy: { kind: 'NetworkPolicy', namespace: 'shop', name: `p${i}` } as never,
  }));
  tally.noteReasons(reasons);
  tally.noteReasons([
    { id: 5000, rule: undefined, policy: { kind: 'AdminNetworkPolicy', namespace: '', name: 'a' } as never },
  ]);
  tally.noteJudge(report([5000, 3, 0, 4, 9999, 5]));
  tally.noteJudge(report(reasons.flatMap(({ id }) => [id, 1])));
  const { denied } = tally.stats();
  assert.is(denied.get('AdminNetworkPolicy a'), 3);
  assert.is(denied.get('NetworkPolicy shop/p0'), 1);
  assert.ok(denied.size <= MOST_POLICIES + 1);
  const all = [...denied.values()].reduce((sum, count) => sum + count, 0);
  assert.is(all, 3 + 9 + reasons.length);
  assert.ok((denied.get(OTHERS) ?? 0) >= 9);
});

test('DNS answers by what became of them, of all workers', () => {
  const tally = new Tally();
  tally.noteJudge(report([], [1, 2, 3, 4, 5]));
  tally.noteJudge(report([], [10, 0, 0, 0, 1]));
  assert.equal(tally.stats().dnsAnswers, { learned: 11, empty: 2, unasked: 3, malformed: 4, refused: 6 });
});

test.run();
