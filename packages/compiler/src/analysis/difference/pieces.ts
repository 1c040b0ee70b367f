/** The ends of two analyses, matched: a workload stays the same one when its pods are replaced. */
import type { Pod } from '../../model/types.ts';
import { type PodsEnd, podsEnd } from '../connectivity/ends.ts';

/** Pods that are in one end before and in one end after; undefined where they are not at all. */
export interface Piece {
  /** How they are shown: whole owners by their name alone. */
  readonly end: PodsEnd;
  readonly before: PodsEnd | undefined;
  readonly after: PodsEnd | undefined;
}

/** Cuts owners as finely as either side cuts them. */
export function matchEnds(before: readonly PodsEnd[], after: readonly PodsEnd[]): readonly Piece[] {
  const afterByOwner = Map.groupBy(after, ownerOf);
  const beforeByOwner = Map.groupBy(before, ownerOf);
  const owners = new Set([...beforeByOwner.keys(), ...afterByOwner.keys()]);
  return [...owners].flatMap((owner) =>
    piecesOfOwner(beforeByOwner.get(owner) ?? [], afterByOwner.get(owner) ?? []),
  );
}

/** Unambiguous, because names of the input are any text. */
function ownerOf({ namespace, owner }: PodsEnd): string {
  return JSON.stringify([namespace, owner.kind, owner.name]);
}

/** A whole owner is itself, whatever its pods are called; where one side splits it, its pods are compared by name. */
function piecesOfOwner(before: readonly PodsEnd[], after: readonly PodsEnd[]): Piece[] {
  const [old, now] = [before[0], after[0]];
  if (!old || !now) return [...before.map(gone), ...after.map(come)];
  if (!old.isPart && !now.isPart) return [{ end: now, before: old, after: now }];
  const names = (ends: readonly PodsEnd[]): ReadonlySet<string> =>
    new Set(ends.flatMap(({ pods }) => pods.map(({ name }) => name)));
  const [oldNames, newNames] = [names(before), names(after)];
  const rest = (end: PodsEnd, others: ReadonlySet<string>): PodsEnd[] =>
    partOf(end.pods.filter(({ name }) => !others.has(name)));
  return [
    ...before.flatMap((end) => after.flatMap((other) => shared(end, other))),
    ...before.flatMap((end) => rest(end, newNames).map((part) => ({ ...gone(end), end: part }))),
    ...after.flatMap((end) => rest(end, oldNames).map((part) => ({ ...come(end), end: part }))),
  ];
}

function gone(end: PodsEnd): Piece {
  return { end, before: end, after: undefined };
}

function come(end: PodsEnd): Piece {
  return { end, before: undefined, after: end };
}

function shared(before: PodsEnd, after: PodsEnd): Piece[] {
  const names = new Set(before.pods.map(({ name }) => name));
  return partOf(after.pods.filter(({ name }) => names.has(name))).map((end) => ({ end, before, after }));
}

function partOf(pods: readonly Pod[]): PodsEnd[] {
  return pods.length === 0 ? [] : [podsEnd(pods, true)];
}
