import type { Reason } from '../decision/verdicts.ts';
import { type ElementChanges, elementChanges } from '../ruleset/diff.ts';
import { type Element, elementKey, type KeyPart, type RulesetSet, type SetShape } from '../ruleset/ir.ts';
import { ALL_SHAPES } from '../ruleset/shapes.ts';
import { getOrMake } from '../values/collections.ts';

/**
 * The elements of all sets, changed one by one between commits. It remembers what each touched element was at the
 * last commit, so whoever changes elements may take away and put back freely: only the difference is committed.
 */
export class ElementStore {
  readonly #elements = new Map<SetShape, Map<string, Element>>();
  readonly #touched = new Map<SetShape, Map<string, Element | undefined>>();

  put(shape: SetShape, key: readonly KeyPart[], value?: number, reason?: Reason): void {
    const id = elementKey(key);
    const elements = getOrMake(this.#elements, shape, () => new Map<string, Element>());
    this.#remember(shape, id, elements.get(id));
    elements.set(id, Object.freeze({ key, value, reason }));
  }

  remove(shape: SetShape, key: readonly KeyPart[]): void {
    const id = elementKey(key);
    const elements = this.#elements.get(shape);
    const old = elements?.get(id);
    if (!elements || !old) return;
    this.#remember(shape, id, old);
    elements.delete(id);
  }

  /** Replaces all elements of a set. */
  replace(
    shape: SetShape,
    elements: Iterable<{ readonly key: readonly KeyPart[]; readonly value?: number }>,
  ): void {
    for (const { key } of this.#elements.get(shape)?.values() ?? []) this.remove(shape, key);
    for (const { key, value } of elements) this.put(shape, key, value);
  }

  size(shape: SetShape): number {
    return this.#elements.get(shape)?.size ?? 0;
  }

  /** The sets that have elements. */
  present(): Set<string> {
    return new Set(ALL_SHAPES.filter((shape) => this.size(shape) > 0).map(({ name }) => name));
  }

  /** What has changed since the last call, set by set. */
  takeChanges(): ElementChanges[] {
    const all: ElementChanges[] = [];
    for (const [shape, before] of this.#touched) {
      const elements = this.#elements.get(shape);
      const after = new Map<string, Element | undefined>();
      for (const id of before.keys()) after.set(id, elements?.get(id));
      const changes = elementChanges(shape, before, after);
      if (changes) all.push(changes);
    }
    this.#touched.clear();
    return all;
  }

  /** A copy of the sets that have elements, as a ruleset holds them. */
  toSets(): Map<string, RulesetSet> {
    const sets = new Map<string, RulesetSet>();
    for (const shape of ALL_SHAPES)
      if (this.size(shape) > 0) sets.set(shape.name, { shape, elements: new Map(this.#elements.get(shape)) });
    return sets;
  }

  #remember(shape: SetShape, id: string, old: Element | undefined): void {
    const touched = getOrMake(this.#touched, shape, () => new Map<string, Element | undefined>());
    if (!touched.has(id)) touched.set(id, old);
  }
}
