/** Two lists of connections, subtracted: what is allowed otherwise now, however the policies put it. */
import { compareText, getOrMake } from '../../values/collections.ts';
import type { Allowed, AllowedTable } from '../connectivity/allowed.ts';
import type { Connection, Connectivity } from '../connectivity/connectivity.ts';
import { type End, externalEnd, type PodsEnd } from '../connectivity/ends.ts';
import { matchEnds, type Piece } from './pieces.ts';
import { changedRanges, type OutsideRow } from './ranges.ts';

/** A pair of ends between which something else is allowed now: `before` and `after` are never equal. */
export interface Change {
  readonly source: End;
  readonly destination: End;
  /** Nothing, for a connection that was added. */
  readonly before: Allowed;
  /** Nothing, for one that was removed. */
  readonly after: Allowed;
}

/** The rows of one side that pods are an end of. */
interface Rows {
  readonly toPods: ReadonlyMap<PodsEnd, readonly Connection[]>;
  readonly outward: ReadonlyMap<PodsEnd, readonly OutsideRow[]>;
  readonly inward: ReadonlyMap<PodsEnd, readonly OutsideRow[]>;
}

/**
 * What was added, removed and changed, by the texts of source and destination. Owners and ranges are cut no finer than
 * the change asks for. A workload counts as the same when its pods have other names; one that is there on one side only
 * has all of its connections added or removed. Both sides must have been analysed with `sets`.
 */
export function changesBetween(
  before: Connectivity,
  after: Connectivity,
  sets: AllowedTable,
): readonly Change[] {
  const pieces = matchEnds(before.ends, after.ends);
  const [old, now] = [rowsOf(before.connections), rowsOf(after.connections)];
  const changes = [
    ...changesAmongPods(pieces, old, now, sets),
    ...pieces.flatMap((piece) =>
      outsideChanges(old.outward, now.outward, piece, sets.none, (source, destination) => ({
        source,
        destination,
      })),
    ),
    ...pieces.flatMap((piece) =>
      outsideChanges(old.inward, now.inward, piece, sets.none, (destination, source) => ({
        source,
        destination,
      })),
    ),
  ];
  return changes.sort(
    (a, b) =>
      compareText(a.source.text, b.source.text) || compareText(a.destination.text, b.destination.text),
  );
}

function rowsOf(connections: readonly Connection[]): Rows {
  const toPods = new Map<PodsEnd, Connection[]>();
  const outward = new Map<PodsEnd, OutsideRow[]>();
  const inward = new Map<PodsEnd, OutsideRow[]>();
  for (const connection of connections) {
    const { source, destination, allowed } = connection;
    if (source.is === 'pods' && destination.is === 'pods') {
      getOrMake(toPods, source, () => []).push(connection);
    } else if (source.is === 'pods' && destination.is === 'external') {
      getOrMake(outward, source, () => []).push({ end: destination, allowed });
    } else if (source.is === 'external' && destination.is === 'pods') {
      getOrMake(inward, destination, () => []).push({ end: source, allowed });
    }
  }
  return { toPods, outward, inward };
}

function changesAmongPods(
  pieces: readonly Piece[],
  old: Rows,
  now: Rows,
  sets: AllowedTable,
): readonly Change[] {
  const placesBefore = placesOf(pieces, 'before');
  const placesAfter = placesOf(pieces, 'after');
  const changes: Change[] = [];
  // By destination; the number of nothing is 0.
  const was = new Uint32Array(pieces.length);
  const is = new Uint32Array(pieces.length);
  for (const { end: source, before, after } of pieces) {
    was.fill(sets.none.id);
    is.fill(sets.none.id);
    fill(was, before && old.toPods.get(before), placesBefore);
    fill(is, after && now.toPods.get(after), placesAfter);
    for (const [at, { end: destination }] of pieces.entries()) {
      if (was[at] === is[at]) continue;
      const change = { before: sets.byId(was[at] as number), after: sets.byId(is[at] as number) };
      changes.push({ source, destination, ...change });
    }
  }
  return changes;
}

/** The pieces that an end of one side was cut into. */
function placesOf(
  pieces: readonly Piece[],
  side: 'before' | 'after',
): ReadonlyMap<PodsEnd, readonly number[]> {
  const places = new Map<PodsEnd, number[]>();
  for (const [at, piece] of pieces.entries()) {
    const end = piece[side];
    if (end) getOrMake(places, end, () => []).push(at);
  }
  return places;
}

function fill(
  row: Uint32Array,
  connections: readonly Connection[] | undefined,
  places: ReadonlyMap<PodsEnd, readonly number[]>,
): void {
  for (const { destination, allowed } of connections ?? []) {
    for (const at of places.get(destination as PodsEnd) ?? []) row[at] = allowed.id;
  }
}

function outsideChanges(
  old: Rows['inward'],
  now: Rows['inward'],
  { end, before, after }: Piece,
  none: Allowed,
  directed: (pods: PodsEnd, outside: End) => Pick<Change, 'source' | 'destination'>,
): Change[] {
  const was = (before && old.get(before)) ?? [];
  const is = (after && now.get(after)) ?? [];
  return changedRanges(was, is, none).map(({ family, first, last, before: b, after: a }) => ({
    ...directed(end, externalEnd(family, { first, last })),
    before: b,
    after: a,
  }));
}
