/** Owners as they are listed: whole, or in parts where the verdicts of their pods differ. */
import type { Pod } from '../../model/types.ts';
import { DIRECTIONS } from '../../model/types.ts';
import { compareText, getOrMake } from '../../values/collections.ts';
import type { AllowedTable } from './allowed.ts';
import { allowedBetween, allowedOutside } from './between.ts';
import { type PodsEnd, podsEnd } from './ends.ts';
import type { Classified, PodClass } from './pod-classes.ts';

/** An end, and the class that answers for all of its pods. */
export interface Part {
  readonly end: PodsEnd;
  readonly owner: OwnerKey;
  readonly class: PodClass;
}

export type OwnerKey = string;

/** Unambiguous, because names of the input are any text. */
function ownerKey({ namespace, owner }: Pod): OwnerKey {
  return JSON.stringify([namespace, owner.kind, owner.name]);
}

/** All owners, sorted by how they are shown. */
export function partsOf(classified: Classified, sets: AllowedTable): readonly Part[] {
  const owners = new Map<OwnerKey, Map<PodClass, Pod[]>>();
  for (const one of classified.classes) {
    for (const pod of one.pods) {
      const classes = getOrMake(owners, ownerKey(pod), () => new Map<PodClass, Pod[]>());
      getOrMake(classes, one, (): Pod[] => []).push(pod);
    }
  }
  const soleOwners = classified.classes.map(soleOwner);
  const parts = [...owners].flatMap(([owner, classes]) => {
    const groups = classes.size < 2 ? [[...classes.keys()]] : groupAlike(owner, [...classes.keys()]);
    return groups.map((group): Part => {
      const pods = group.flatMap((one) => classes.get(one) ?? []);
      return { end: podsEnd(pods, groups.length > 1), owner, class: group[0] as PodClass };
    });
  });
  return parts.sort((a, b) => compareText(a.end.text, b.end.text));

  /** Classes of one owner that mean the same to everybody else: what its pods may do to each other is not listed. */
  function groupAlike(owner: OwnerKey, classes: readonly PodClass[]): PodClass[][] {
    const others = classified.classes.filter((_, at) => soleOwners[at] !== owner);
    const groups = new Map<string, PodClass[]>();
    for (const one of classes) getOrMake(groups, verdictsOf(one, others), (): PodClass[] => []).push(one);
    return [...groups.values()];
  }

  function verdictsOf(one: PodClass, others: readonly PodClass[]): string {
    const words = others.map(
      (other) => `${allowedBetween(one, other, sets).id},${allowedBetween(other, one, sets).id}`,
    );
    for (const direction of DIRECTIONS) {
      const ranges = allowedOutside(one, direction, classified.peers, sets);
      words.push(ranges.map((r) => `${r.family}:${r.first}-${r.last}=${r.allowed.id}`).join(','));
    }
    return words.join(';');
  }
}

/** The owner of all pods of a class, if there is only one. */
function soleOwner({ pods }: PodClass): OwnerKey | undefined {
  const [first, ...others] = pods;
  const key = first && ownerKey(first);
  return others.every((pod) => ownerKey(pod) === key) ? key : undefined;
}
