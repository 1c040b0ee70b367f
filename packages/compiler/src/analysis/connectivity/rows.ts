/** The rows of the list: every pair of ends between which something is allowed. */
import type { Direction } from '../../model/types.ts';
import { compareText, getOrMake } from '../../values/collections.ts';
import type { Allowed, AllowedTable } from './allowed.ts';
import { allowedBetween, allowedOutside } from './between.ts';
import { type End, type ExternalEnd, externalEnd } from './ends.ts';
import type { Part } from './parts.ts';
import type { Classified, PodClass } from './pod-classes.ts';

/** What one end may send to another: never nothing. */
export interface Connection {
  readonly source: End;
  readonly destination: End;
  readonly allowed: Allowed;
}

/** Hears how much is done, and of how much. */
export type OnProgress = (done: number, total: number) => void;

/** All rows, by the texts of source and destination. */
export function connectionsOf(
  parts: readonly Part[],
  classified: Classified,
  sets: AllowedTable,
  onProgress: OnProgress,
): Connection[] {
  const outside = new Outside(classified, sets);
  const bySource = new Map<End, Connection[]>();
  const byClass = Map.groupBy(parts, (part) => part.class);
  let done = 0;
  for (const [one, sharing] of byClass) {
    onProgress(done++, byClass.size);
    const toPods = classified.classes.map((other) => allowedBetween(one, other, sets));
    const outward = outside.rangesOf(one, 'egress').sort((a, b) => compareText(a.end.text, b.end.text));
    for (const part of sharing) {
      const within = rowsToPods(part, parts, toPods, sets);
      const out = outward.map(({ end, allowed }) => row(part.end, end, allowed));
      bySource.set(part.end, mergeByDestination(within, out));
    }
  }
  // Parts are in the order of their texts, so these rows are, too.
  for (const { end: destination, class: one } of parts) {
    for (const { end: source, allowed } of outside.rangesOf(one, 'ingress')) {
      getOrMake(bySource, source, (): Connection[] => []).push(row(source, destination, allowed));
    }
  }
  return [...bySource].sort(([a], [b]) => compareText(a.text, b.text)).flatMap(([, rows]) => rows);
}

/** What pods of one owner may send to each other is not listed. */
function rowsToPods(
  from: Part,
  parts: readonly Part[],
  allowedTo: readonly Allowed[],
  { none }: AllowedTable,
): Connection[] {
  const rows: Connection[] = [];
  for (const { end, owner, class: one } of parts) {
    const allowed = allowedTo[one.number] as Allowed;
    if (allowed !== none && owner !== from.owner) rows.push(row(from.end, end, allowed));
  }
  return rows;
}

function row(source: End, destination: End, allowed: Allowed): Connection {
  return Object.freeze({ source, destination, allowed });
}

function mergeByDestination(many: readonly Connection[], few: readonly Connection[]): Connection[] {
  const merged: Connection[] = [];
  let next = 0;
  for (const one of many) {
    for (; next < few.length; next++) {
      const other = few[next] as Connection;
      if (other.destination.text > one.destination.text) break;
      merged.push(other);
    }
    merged.push(one);
  }
  return [...merged, ...few.slice(next)];
}

interface OutsideRange {
  readonly end: ExternalEnd;
  readonly allowed: Allowed;
}

/** The outside as pods meet it: one end for each range, whoever meets it. */
class Outside {
  readonly #classified: Classified;
  readonly #sets: AllowedTable;
  readonly #byText = new Map<string, ExternalEnd>();

  constructor(classified: Classified, sets: AllowedTable) {
    this.#classified = classified;
    this.#sets = sets;
  }

  rangesOf(one: PodClass, direction: Direction): OutsideRange[] {
    const ranges = allowedOutside(one, direction, this.#classified.peers, this.#sets);
    return ranges.map(({ family, allowed, ...range }) => {
      const end = externalEnd(family, range);
      return { end: getOrMake(this.#byText, end.text, () => end), allowed };
    });
  }
}
