import type { AddressRange } from '../../src/cluster/block-partition.ts';
import type { Ruleset, RulesetSet } from '../../src/ruleset/ir.ts';
import {
  ANY_POD,
  type ClassId,
  type Element,
  elementKey,
  FIRST_OUTSIDE,
  FIRST_POD,
  isFixedClass,
  KNOWN_OUTSIDE,
} from '../../src/ruleset/ir.ts';
import { commentOf } from '../../src/ruleset/provenance.ts';
import { renumber } from '../../src/ruleset/renumber.ts';

/**
 * The ruleset with classes of equal cells made one and numbered by what their cells say: two rulesets that decide
 * alike for the same reasons have the same sets in this form, however their classes came about.
 */
export function canonicalSets(ruleset: Ruleset): ReadonlyMap<string, RulesetSet> {
  const cells = cellsByClass(ruleset);
  const ids = new Set<ClassId>(cells.keys());
  for (const { shape, elements } of ruleset.sets.values())
    if (shape.value === 'class') for (const { value } of elements.values()) ids.add(value as ClassId);
  const says = (id: ClassId): string => (cells.get(id) ?? []).sort().join('\n');
  const numbers = new Map<ClassId, ClassId>();
  const next = { pod: FIRST_POD, outside: FIRST_OUTSIDE };
  const numberOf = new Map<string, ClassId>();
  const sorted = [...ids].map((id) => ({ id, text: says(id) })).sort((a, b) => (a.text < b.text ? -1 : 1));
  for (const { id, text } of sorted) {
    if (isFixedClass(id)) continue;
    const kind = id >= FIRST_POD ? 'pod' : 'outside';
    if (text === '') numbers.set(id, kind === 'pod' ? ANY_POD : KNOWN_OUTSIDE);
    else {
      const number = numberOf.get(`${kind} ${text}`) ?? next[kind]++;
      numberOf.set(`${kind} ${text}`, number);
      numbers.set(id, number);
    }
  }
  const sets = new Map(renumber(ruleset, numbers).sets);
  for (const [name, set] of sets) {
    const canonical = set.shape.interval && set.shape.value === 'class' ? joinRanges(set) : set;
    if (canonical.elements.size > 0) sets.set(name, canonical);
    else sets.delete(name);
  }
  return sets;
}

/** What the cells of each class say, without its number. */
function cellsByClass(ruleset: Ruleset): Map<ClassId, string[]> {
  const cells = new Map<ClassId, string[]>();
  for (const { shape, elements } of ruleset.sets.values()) {
    if (shape.fields[0] !== 'class') continue;
    for (const element of elements.values()) {
      const [id, ...rest] = element.key;
      const text = `${shape.name} ${elementKey(rest)} ${element.value} ${commentOf(element)}`;
      const known = cells.get(id as ClassId);
      if (known) known.push(text);
      else cells.set(id as ClassId, [text]);
    }
  }
  return cells;
}

function joinRanges({ shape, elements }: RulesetSet): RulesetSet {
  const joined: { first: bigint; last: bigint; value: number }[] = [];
  const ranges = [...elements.values()].map(({ key, value }) => ({
    ...(key[0] as AddressRange),
    value: value as number,
  }));
  ranges.sort((a, b) => (a.first < b.first ? -1 : 1));
  for (const range of ranges) {
    const before = joined.at(-1);
    if (before && before.value === range.value && before.last + 1n === range.first) before.last = range.last;
    else joined.push(range);
  }
  const kept = new Map<string, Element>();
  for (const { first, last, value } of joined) {
    const key = [{ first, last }];
    if (value !== KNOWN_OUTSIDE) kept.set(elementKey(key), { key, value, reason: undefined });
  }
  return { shape, elements: kept };
}
