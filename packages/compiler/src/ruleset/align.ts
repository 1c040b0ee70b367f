import type { AddressRange } from '../cluster/block-partition.ts';
import { type ClassId, FIRST_OUTSIDE, FIRST_POD, type KeyPart, type Ruleset } from './ir.ts';
import { renumber } from './renumber.ts';

/**
 * Gives the classes of `after` the numbers that they have in `before`, as far as the same addresses are in them: so
 * that the difference between two rulesets compiled apart is what has changed, not how classes were counted.
 */
export function alignClasses(before: Ruleset, after: Ruleset): Ruleset {
  return renumber(after, alignedNumbers(before, after));
}

/** The number that each class of `after` gets in `alignClasses`. */
export function alignedNumbers(before: Ruleset, after: Ruleset): ReadonlyMap<ClassId, ClassId> {
  const numbers = new Map<ClassId, ClassId>();
  const taken = new Set<ClassId>();
  for (const { from, to } of sharedClasses(before, after)) {
    if (numbers.has(from) || taken.has(to)) continue;
    numbers.set(from, to);
    taken.add(to);
  }
  for (const id of classesIn(before)) taken.add(id);
  for (const id of classesIn(after)) {
    if (numbers.has(id)) continue;
    let fresh = id >= FIRST_POD ? FIRST_POD : FIRST_OUTSIDE;
    while (taken.has(fresh)) fresh++;
    numbers.set(id, fresh);
    taken.add(fresh);
  }
  return numbers;
}

/** Pairs of classes that hold the same addresses, those with most in common first. */
function sharedClasses(before: Ruleset, after: Ruleset): { from: ClassId; to: ClassId }[] {
  const shared = new Map<string, { from: ClassId; to: ClassId; count: number }>();
  for (const [name, { shape, elements }] of after.sets) {
    if (shape.value !== 'class') continue;
    const old = before.sets.get(name)?.elements;
    const byFirst =
      shape.interval && old ? new Map([...old.values()].map((e) => [firstOf(e.key), e.value])) : undefined;
    for (const [key, { key: parts, value: from }] of elements) {
      const to = byFirst ? byFirst.get(firstOf(parts)) : old?.get(key)?.value;
      if (from === undefined || to === undefined || from < FIRST_OUTSIDE || to < FIRST_OUTSIDE) continue;
      if (from >= FIRST_POD !== to >= FIRST_POD) continue;
      const pair = shared.get(`${from} ${to}`) ?? { from, to, count: 0 };
      pair.count++;
      shared.set(`${from} ${to}`, pair);
    }
  }
  return [...shared.values()].sort((a, b) => b.count - a.count || a.from - b.from || a.to - b.to);
}

function firstOf(key: readonly KeyPart[]): bigint {
  return (key[0] as AddressRange).first;
}

function classesIn(ruleset: Ruleset): Set<ClassId> {
  const ids = new Set<ClassId>();
  for (const { shape, elements } of ruleset.sets.values())
    for (const { key, value } of elements.values()) {
      const id = shape.value === 'class' ? value : shape.fields[0] === 'class' ? key[0] : undefined;
      if (typeof id === 'number' && id >= FIRST_OUTSIDE) ids.add(id);
    }
  return ids;
}
