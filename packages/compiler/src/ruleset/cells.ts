import type { PortVerdict, PortVerdicts, Reason, Verdict } from '../decision/verdicts.ts';
import { partAt } from '../decision/verdicts.ts';
import { OTHER, type Protocol, splitSpan } from '../values/ports.ts';
import { CELL_VERDICT, type CellVerdict } from './ir.ts';

export const IP_PROTOCOL: Readonly<Record<Protocol, number>> = { TCP: 6, UDP: 17, SCTP: 132 };

/** A stretch of one protocol's ports with its verdict. */
export interface Cell {
  /** IP protocol number. */
  readonly protocol: number;
  readonly first: number;
  readonly last: number;
  readonly verdict: CellVerdict;
  readonly reason: Reason;
}

/**
 * What a class of peers means to a subject, as elements: `any` answers for everything, and `cells` are the exceptions.
 * Without `any` the general class (nobody, or any pod) answers where no cell does.
 */
export interface Row {
  /** Unique in the process. */
  readonly id: number;
  /** Equal for rows that say the same for the same reasons. */
  readonly key: string;
  readonly any: { readonly verdict: CellVerdict; readonly reason: Reason } | undefined;
  readonly cells: readonly Cell[];
  /** The verdicts that the row stands for. */
  readonly verdicts: PortVerdicts;
}

/** A row of its own, for a general class: one verdict for everything, and the exceptions. */
export function generalRow(verdicts: PortVerdicts): Row {
  const usual = partAt(verdicts, OTHER);
  const cells = cellsOf(verdicts.filter((part) => part.verdict !== usual.verdict));
  return row(verdicts, { verdict: CELL_VERDICT[usual.verdict], reason: usual.reason }, cells);
}

/** The differences from the general class's row, or a row of its own where that is shorter; undefined for no difference. */
export function rowAgainst(general: PortVerdicts, verdicts: PortVerdicts): Row | undefined {
  const different = differences(general, verdicts);
  if (different.length === 0) return undefined;
  const own = generalRow(verdicts);
  // A verdict on protocols without ports has no cell: only a row of its own can carry it.
  if (different.some(({ last }) => last === OTHER)) return own;
  const cells = cellsOf(different);
  return cells.length <= own.cells.length + 1 ? row(verdicts, undefined, cells) : own;
}

/** From what forbids most to what allows most; the judge may allow what is unresolved (S37). */
const RANK: Readonly<Record<Verdict, number>> = { deny: 0, unresolved: 1, allow: 2 };

/** Whether some connection that `before` allows, or may allow, is worse off under `after`. */
export function losesPermission(before: PortVerdicts, after: PortVerdicts): boolean {
  if (before === after) return false;
  return overlay(before, after).some(({ old, now }) => RANK[now.verdict] < RANK[old.verdict]);
}

/** The elements that a row takes per subject address. */
export function rowSize(row: Row): number {
  return row.cells.length + (row.any ? 1 : 0);
}

let nextRow = 1;

function row(verdicts: PortVerdicts, any: Row['any'], cells: readonly Cell[]): Row {
  const head = any ? `${any.verdict}@${any.reason.id}` : '';
  const key = `${head}|${cells.map((c) => `${c.protocol}:${c.first}-${c.last}=${c.verdict}@${c.reason.id}`).join(',')}`;
  return Object.freeze({ id: nextRow++, key, any, cells: Object.freeze(cells), verdicts });
}

function cellsOf(parts: readonly PortVerdict[]): Cell[] {
  return parts.flatMap((part) =>
    splitSpan(part).flatMap(({ protocol, first, last }) =>
      protocol === 'OTHER'
        ? []
        : [
            {
              protocol: IP_PROTOCOL[protocol],
              first,
              last,
              verdict: CELL_VERDICT[part.verdict],
              reason: part.reason,
            },
          ],
    ),
  );
}

/** The parts of `now` whose verdict is another in `old`. */
function differences(old: PortVerdicts, now: PortVerdicts): PortVerdict[] {
  const parts: PortVerdict[] = [];
  for (const piece of overlay(old, now)) {
    if (piece.old.verdict === piece.now.verdict) continue;
    const before = parts.at(-1);
    if (before && before.last + 1 === piece.first && sameAnswer(before, piece.now))
      parts[parts.length - 1] = { ...before, last: piece.last };
    else parts.push({ ...piece.now, first: piece.first, last: piece.last });
  }
  return parts;
}

function sameAnswer(
  a: { verdict: Verdict; reason: Reason },
  b: { verdict: Verdict; reason: Reason },
): boolean {
  return a.verdict === b.verdict && a.reason === b.reason;
}

interface Overlaid {
  readonly first: number;
  readonly last: number;
  readonly old: PortVerdict;
  readonly now: PortVerdict;
}

/** Both partitions laid over each other. */
function overlay(old: PortVerdicts, now: PortVerdicts): Overlaid[] {
  const pieces: Overlaid[] = [];
  let i = 0;
  for (const part of now) {
    while ((old[i] as PortVerdict).last < part.first) i++;
    for (; ; i++) {
      const other = old[i] as PortVerdict;
      const last = Math.min(other.last, part.last);
      pieces.push({ first: Math.max(other.first, part.first), last, old: other, now: part });
      if (other.last >= part.last) break;
    }
  }
  return pieces;
}
