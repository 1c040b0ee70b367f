/** Rows of the decision table as elements: whatever way they are put, they say what `decide` said. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  BY_DEFAULT,
  makeReason,
  type PortVerdicts,
  partAt,
  type Verdict,
} from '../../src/decision/verdicts.ts';
import { generalRow, losesPermission, type Row, rowAgainst, rowSize } from '../../src/ruleset/cells.ts';
import { CELL_VERDICT } from '../../src/ruleset/ir.ts';
import { LAST_POINT, OTHER, pointOf, pointOfPacket } from '../../src/values/ports.ts';

const REASONS = [BY_DEFAULT, makeReason(undefined, undefined)];
const VERDICTS: readonly Verdict[] = ['allow', 'deny', 'unresolved'];

/** Where partitions are cut, and what is asked: around the protocol borders and a few ports. */
const CUTS = [1, 80, 81, 65535, 65536, 65537, 131072, 131152, OTHER - 1, OTHER];
const POINTS = [...new Set([0, ...CUTS.flatMap((cut) => [cut - 1, cut]), LAST_POINT])];

const partition: fc.Arbitrary<PortVerdicts> = fc
  .record({
    cuts: fc.subarray(CUTS),
    verdicts: fc.array(fc.constantFrom(...VERDICTS), { minLength: 11, maxLength: 11 }),
    reasons: fc.array(fc.constantFrom(...REASONS), { minLength: 11, maxLength: 11 }),
  })
  .map(({ cuts, verdicts, reasons }) =>
    [0, ...cuts].map((first, i) => ({
      first,
      last: (cuts[i] ?? LAST_POINT + 1) - 1,
      verdict: verdicts[i] ?? 'allow',
      reason: reasons[i] ?? BY_DEFAULT,
    })),
  );

/** What the kernel answers for a point: the row's cell, its answer for everything, or what the general row says. */
function answerOf(rows: readonly (Row | undefined)[], point: number): number {
  for (const row of rows) {
    const cell = row?.cells.find(({ protocol, first, last }) =>
      [first, last].every((port, i) =>
        i === 0 ? pointOfPacket(protocol, port) <= point : point <= pointOfPacket(protocol, port),
      ),
    );
    const verdict = cell?.verdict ?? row?.any?.verdict;
    if (verdict !== undefined) return verdict;
  }
  throw new Error('nobody answers');
}

test('a class’s row over the general row says what was decided, at every point', () => {
  fc.assert(
    fc.property(partition, partition, (general, own) => {
      const rows = [rowAgainst(general, own), generalRow(general)];
      for (const point of POINTS)
        assert.is(answerOf(rows, point), CELL_VERDICT[partAt(own, point).verdict], `at ${point}`);
    }),
    { numRuns: 3000 },
  );
});

test('a row is there only where something differs, and no larger than a row of its own', () => {
  fc.assert(
    fc.property(partition, partition, (general, own) => {
      const row = rowAgainst(general, own);
      const differs = POINTS.some((point) => partAt(general, point).verdict !== partAt(own, point).verdict);
      assert.is(row !== undefined, differs);
      if (row) assert.ok(rowSize(row) <= rowSize(generalRow(own)));
    }),
    { numRuns: 1000 },
  );
});

test('equal rows have equal keys', () => {
  fc.assert(
    fc.property(partition, partition, (general, own) => {
      const copy = own.map((part) => ({ ...part }));
      assert.is(rowAgainst(general, own)?.key, rowAgainst(general, copy)?.key);
    }),
  );
});

test('a permission is lost where something allowed is allowed no more', () => {
  fc.assert(
    fc.property(partition, partition, (before, after) => {
      const lost = POINTS.some(
        (point) => partAt(before, point).verdict === 'allow' && partAt(after, point).verdict !== 'allow',
      );
      assert.is(losesPermission(before, after), lost);
    }),
    { numRuns: 3000 },
  );
});

test('cells carry the reason of their part', () => {
  const [first, second] = REASONS;
  assert.ok(first && second);
  const parts: PortVerdicts = [
    { first: 0, last: 79, verdict: 'deny', reason: first },
    { first: 80, last: 80, verdict: 'allow', reason: second },
    { first: 81, last: LAST_POINT, verdict: 'deny', reason: first },
  ];
  const { any, cells } = generalRow(parts);
  assert.equal(any, { verdict: CELL_VERDICT.deny, reason: first });
  assert.equal(cells, [{ protocol: 6, first: 80, last: 80, verdict: CELL_VERDICT.allow, reason: second }]);
  assert.is(pointOf('TCP', 80), 80);
});

test.run();
