import { type ElementChanges, elementChanges, isRefilled, refill } from '../ruleset/diff.ts';
import {
  type ClassId,
  type Element,
  elementKey,
  type KeyPart,
  type RulesetSet,
  type SetShape,
} from '../ruleset/ir.ts';
import { ALL_SHAPES, SHAPES, setsBeside } from '../ruleset/shapes.ts';
import type { Family } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import type { AddressClasses } from './address-record.ts';
import { ClassesSet, ElementSet, type StoredSet } from './stored-set.ts';

interface Stored {
  readonly elements: StoredSet;
  /** What elements were at the last commit. */
  readonly before: Map<string, Element | undefined>;
  /** Whether `before` knows them all, and not only the touched ones; as it does, by being empty, of a set that was. */
  knowsAll: boolean;
}

/**
 * The elements of all sets, changed one by one between commits. It remembers what each touched element was at the
 * last commit, so whoever changes elements may take away and put back freely: only the difference is committed.
 */
export class ElementStore {
  readonly #sets = new Map<SetShape, Stored>();
  readonly #touched = new Set<SetShape>();
  readonly #classes: Readonly<Record<Family, AddressClasses>>;

  /** @param classes where the classes of known addresses are kept */
  constructor(classes: Readonly<Record<Family, AddressClasses>>) {
    this.#classes = classes;
  }

  put(shape: SetShape, key: readonly KeyPart[], value?: number, reason?: Element['reason']): void {
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
    for (const [, { key }] of [...(this.#sets.get(shape)?.elements ?? [])]) this.remove(shape, key);
    for (const { key, value } of elements) this.put(shape, key, value);
  }

  size(shape: SetShape): number {
    return this.#sets.get(shape)?.elements.size ?? 0;
  }

  /** The sets that have elements, and those that have to be there beside them. */
  present(): Set<string> {
    const filled = new Set<string>();
    for (const shape of ALL_SHAPES) if (this.size(shape) > 0) filled.add(shape.name);
    const beside = setsBeside(filled);
    // In the order of all sets, whatever each of them is.
    return new Set(
      ALL_SHAPES.filter((shape) => filled.has(shape.name) || beside.includes(shape)).map(({ name }) => name),
    );
  }

  /** What has changed since the last call, set by set. */
  takeChanges(): ElementChanges[] {
    const all: ElementChanges[] = [];
    for (const shape of this.#touched) {
      const stored = this.#sets.get(shape) as Stored;
      const { elements, before, knowsAll } = stored;
      const changes = elementChanges(shape, before, knowsAll ? elements : pick(elements, before.keys()));
      if (changes) all.push(isRefilled(shape) ? refill({ shape, elements: new Map(elements) }) : changes);
      before.clear();
      stored.knowsAll = elements.size === 0;
    }
    this.#touched.clear();
    return all;
  }

  /**
   * Makes the first changes lead from sets that are in the kernel already instead of from nothing, with these class
   * numbers for those of now.
   */
  startFrom(before: ReadonlyMap<string, RulesetSet>, numbers: ReadonlyMap<ClassId, ClassId>): void {
    for (const shape of ALL_SHAPES) {
      const elements = this.#sets.get(shape)?.elements ?? this.#newSet(shape);
      elements.renumber(numbers);
      this.#sets.set(shape, {
        elements,
        before: new Map(before.get(shape.name)?.elements),
        knowsAll: true,
      });
      this.#touched.add(shape);
    }
  }

  /** A copy of the sets that are present, as a ruleset holds them. */
  toSets(): Map<string, RulesetSet> {
    const present = this.present();
    const sets = new Map<string, RulesetSet>();
    for (const shape of ALL_SHAPES)
      if (present.has(shape.name))
        sets.set(shape.name, { shape, elements: new Map(this.#sets.get(shape)?.elements ?? []) });
    return sets;
  }

  #newSet(shape: SetShape): StoredSet {
    const { family } = shape;
    return shape === SHAPES[family].peers ? new ClassesSet(this.#classes[family]) : new ElementSet(shape);
  }

  #touch(shape: SetShape, id: string): Stored {
    const stored = getOrMake(this.#sets, shape, () => ({
      elements: this.#newSet(shape),
      before: new Map(),
      knowsAll: true,
    }));
    this.#touched.add(shape);
    if (!stored.knowsAll && !stored.before.has(id)) stored.before.set(id, stored.elements.get(id));
    return stored;
  }
}

function pick(elements: StoredSet, ids: Iterable<string>): Map<string, Element> {
  const picked = new Map<string, Element>();
  for (const id of ids) {
    const element = elements.get(id);
    if (element) picked.set(id, element);
  }
  return picked;
}
