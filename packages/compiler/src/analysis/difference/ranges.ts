/** The outside before and after: cut at the borders of both, and joined again where both stay the same. */
import type { AddressRange } from '../../cluster/block-partition.ts';
import { FAMILIES, type Family } from '../../values/address.ts';
import type { Allowed } from '../connectivity/allowed.ts';
import type { ExternalEnd } from '../connectivity/ends.ts';

export interface OutsideRow {
  readonly end: ExternalEnd;
  readonly allowed: Allowed;
}

export interface ChangedRange extends AddressRange {
  readonly family: Family;
  readonly before: Allowed;
  readonly after: Allowed;
}

/** Ranges for which `before` and `after` differ; `none` where one of them does not name them. Each is disjoint in itself. */
export function changedRanges(
  before: readonly OutsideRow[],
  after: readonly OutsideRow[],
  none: Allowed,
): ChangedRange[] {
  return FAMILIES.flatMap((family) => {
    const inFamily = (rows: readonly OutsideRow[]): OutsideRow[] =>
      rows.filter(({ end }) => end.family === family).sort(byFirst);
    return changesOf(family, inFamily(before), inFamily(after), none);
  });
}

function changesOf(
  family: Family,
  before: readonly OutsideRow[],
  after: readonly OutsideRow[],
  none: Allowed,
): ChangedRange[] {
  const changed: { -readonly [K in keyof ChangedRange]: ChangedRange[K] }[] = [];
  const [old, now] = [cursor(before, none), cursor(after, none)];
  const borders = bordersOf([...before, ...after]);
  for (let at = 0; at + 1 < borders.length; at++) {
    const first = borders[at] as bigint;
    const last = (borders[at + 1] as bigint) - 1n;
    const [was, is] = [old(first), now(first)];
    if (was === is) continue;
    const previous = changed.at(-1);
    if (previous && previous.last + 1n === first && previous.before === was && previous.after === is) {
      previous.last = last;
    } else changed.push({ family, first, last, before: was, after: is });
  }
  return changed;
}

/** What holds for ascending addresses. */
function cursor(rows: readonly OutsideRow[], none: Allowed): (address: bigint) => Allowed {
  let at = 0;
  return (address) => {
    while (at < rows.length && (rows[at] as OutsideRow).end.range.last < address) at++;
    const row = rows[at];
    return row && row.end.range.first <= address ? row.allowed : none;
  };
}

function bordersOf(rows: readonly OutsideRow[]): bigint[] {
  const borders = rows.flatMap(({ end: { range } }) => [range.first, range.last + 1n]).sort(ascending);
  return borders.filter((border, at) => border !== borders[at - 1]);
}

function byFirst(a: OutsideRow, b: OutsideRow): number {
  return ascending(a.end.range.first, b.end.range.first);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
