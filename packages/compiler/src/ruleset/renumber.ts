import {
  type ClassId,
  type Element,
  elementKey,
  FIRST_OUTSIDE,
  type Ruleset,
  type RulesetSet,
} from './ir.ts';

/** The same ruleset with other class numbers. The two general classes keep theirs. */
export function renumber(ruleset: Ruleset, numbers: ReadonlyMap<ClassId, ClassId>): Ruleset {
  const sets = new Map<string, RulesetSet>();
  for (const [name, set] of ruleset.sets) sets.set(name, renumberSet(set, numbers));
  return { ...ruleset, sets };
}

/** The same set with other class numbers; one that has none in it is returned as it is. */
export function renumberSet(set: RulesetSet, numbers: ReadonlyMap<ClassId, ClassId>): RulesetSet {
  const { shape, elements } = set;
  const numberOf = (id: ClassId): ClassId => (id < FIRST_OUTSIDE ? id : (numbers.get(id) ?? id));
  const at = shape.fields.indexOf('class');
  if (at < 0 && shape.value !== 'class') return set;
  const renamed = new Map<string, Element>();
  for (const element of elements.values()) {
    const key = element.key.map((part, i) => (i === at ? numberOf(part as ClassId) : part));
    const value = shape.value === 'class' ? numberOf(element.value as ClassId) : element.value;
    renamed.set(elementKey(key), { key, value, reason: element.reason });
  }
  return { shape, elements: renamed };
}
