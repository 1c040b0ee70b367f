import type { Reason } from '../decision/verdicts.ts';
import { type ElementChanges, elementChanges, isRefilled, refill } from '../ruleset/diff.ts';
import { type Element, elementKey, type KeyPart, type RulesetSet, type SetShape } from '../ruleset/ir.ts';
import { ALL_SHAPES } from '../ruleset/shapes.ts';
import { getOrMake } from '../values/collections.ts';

interface Stored {
  readonly elements: Map<string, Element>;
  /** What touched elements were at the last commit; of a set that was empty then, nothing needs to be remembered. */
  readonly before: Map<string, Element | undefined>;
  wasEmpty: boolean;
}

/**
 * The elements of all sets, changed one by one between commits. It remembers what each touched element was at the
 * last commit, so whoever changes elements may take away and put back freely: only the difference is committed.
 */
export class ElementStore {
  readonly #sets = new Map<SetShape, Stored>();
  readonly #touched = new Set<SetShape>();

  put(shape: SetShape, key: readonly KeyPart[], value?: number, reason?: Reason): void {
    const id = elementKey(key);
    const { elements } = this.#touch(shape, id);
    elements.set(id, { key, value, reason });
  }

  remove(shape: SetShape, key: readonly KeyPart[]): void {
    const id = elementKey(key);
    if (this.#sets.get(shape)?.elements.has(id)) this.#touch(shape, id).elements.delete(id);
  }

  /** Replaces all elements of a set. */
  replace(
    shape: SetShape,
    elements: Iterable<{ readonly key: readonly KeyPart[]; readonly value?: number }>,
  ): void {
    for (const { key } of [...(this.#sets.get(shape)?.elements.values() ?? [])]) this.remove(shape, key);
    for (const { key, value } of elements) this.put(shape, key, value);
  }

  size(shape: SetShape): number {
    return this.#sets.get(shape)?.elements.size ?? 0;
  }

  /** The sets that have elements. */
  present(): Set<string> {
    const names = new Set<string>();
    for (const shape of ALL_SHAPES) if (this.size(shape) > 0) names.add(shape.name);
    return names;
  }

  /** What has changed since the last call, set by set. */
  takeChanges(): ElementChanges[] {
    const all: ElementChanges[] = [];
    for (const shape of this.#touched) {
      const stored = this.#sets.get(shape) as Stored;
      const { elements, before, wasEmpty } = stored;
      const changes = elementChanges(shape, before, wasEmpty ? elements : pick(elements, before.keys()));
      if (changes) all.push(isRefilled(shape) ? refill({ shape, elements }) : changes);
      before.clear();
      stored.wasEmpty = elements.size === 0;
    }
    this.#touched.clear();
    return all;
  }

  /** A copy of the sets that have elements, as a ruleset holds them. */
  toSets(): Map<string, RulesetSet> {
    const sets = new Map<string, RulesetSet>();
    for (const shape of ALL_SHAPES)
      if (this.size(shape) > 0)
        sets.set(shape.name, { shape, elements: new Map(this.#sets.get(shape)?.elements) });
    return sets;
  }

  #touch(shape: SetShape, id: string): Stored {
    const stored = getOrMake(this.#sets, shape, () => ({
      elements: new Map(),
      before: new Map(),
      wasEmpty: true,
    }));
    this.#touched.add(shape);
    if (!stored.wasEmpty && !stored.before.has(id)) stored.before.set(id, stored.elements.get(id));
    return stored;
  }
}

function pick(elements: ReadonlyMap<string, Element>, ids: Iterable<string>): Map<string, Element> {
  const picked = new Map<string, Element>();
  for (const id of ids) {
    const element = elements.get(id);
    if (element) picked.set(id, element);
  }
  return picked;
}
