import { type ClassId, type Element, isFixedClass, type SetShape } from '../ruleset/ir.ts';
import { renumberSet } from '../ruleset/renumber.ts';
import type { Address } from '../values/address.ts';

/**
 * The elements of one set, by `elementKey`. Those of a map from addresses to classes are kept as the classes alone: a
 * cluster has a hundred thousand of them, and each would be three objects.
 */
export class StoredSet {
  readonly #shape: SetShape;
  readonly #elements = new Map<string, Element>();
  readonly #classes = new Map<Address, ClassId>();
  readonly #isPlain: boolean;

  constructor(shape: SetShape) {
    this.#shape = shape;
    this.#isPlain = shape.value === 'class' && shape.fields.length === 1 && !shape.interval;
  }

  get size(): number {
    return this.#elements.size + this.#classes.size;
  }

  get(id: string): Element | undefined {
    if (!this.#isPlain) return this.#elements.get(id);
    const value = this.#classes.get(id as Address);
    return value === undefined ? undefined : plain(id as Address, value);
  }

  has(id: string): boolean {
    return this.#isPlain ? this.#classes.has(id as Address) : this.#elements.has(id);
  }

  set(id: string, element: Element): void {
    if (this.#isPlain) this.#classes.set(id as Address, element.value as ClassId);
    else this.#elements.set(id, element);
  }

  delete(id: string): void {
    if (this.#isPlain) this.#classes.delete(id as Address);
    else this.#elements.delete(id);
  }

  *[Symbol.iterator](): Iterator<[string, Element]> {
    if (this.#isPlain) for (const [id, value] of this.#classes) yield [id, plain(id, value)];
    else yield* this.#elements;
  }

  /** Gives classes other numbers; those that every ruleset has in common keep theirs. */
  renumber(numbers: ReadonlyMap<ClassId, ClassId>): void {
    if (this.#isPlain)
      for (const [id, value] of this.#classes)
        this.#classes.set(id, isFixedClass(value) ? value : (numbers.get(value) ?? value));
    else {
      const { elements } = renumberSet({ shape: this.#shape, elements: new Map(this.#elements) }, numbers);
      this.#elements.clear();
      for (const [id, element] of elements) this.#elements.set(id, element);
    }
  }
}

function plain(address: Address, value: ClassId): Element {
  return { key: [address], value, reason: undefined };
}
