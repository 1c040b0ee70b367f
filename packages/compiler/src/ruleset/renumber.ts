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
  const numberOf = (id: ClassId): ClassId => (id < FIRST_OUTSIDE ? id : (numbers.get(id) ?? id));
  const sets = new Map<string, RulesetSet>();
  for (const [name, { shape, elements }] of ruleset.sets) {
    const at = shape.fields.indexOf('class');
    if (at < 0 && shape.value !== 'class') {
      sets.set(name, { shape, elements });
      continue;
    }
    const renamed = new Map<string, Element>();
    for (const element of elements.values()) {
      const key = element.key.map((part, i) => (i === at ? numberOf(part as ClassId) : part));
      const value = shape.value === 'class' ? numberOf(element.value as ClassId) : element.value;
      renamed.set(elementKey(key), { key, value, reason: element.reason });
    }
    sets.set(name, { shape, elements: renamed });
  }
  return { ...ruleset, sets };
}
