import { type ClassId, type Element, isFixedClass, type SetShape } from '../ruleset/ir.ts';
import { renumberSet } from '../ruleset/renumber.ts';
import type { Address } from '../values/address.ts';
import type { AddressClasses } from './address-record.ts';

/** The elements of one set, by `elementKey`. */
export interface StoredSet extends Iterable<readonly [string, Element]> {
  readonly size: number;
  get(id: string): Element | undefined;
  has(id: string): boolean;
  set(id: string, element: Element): void;
  delete(id: string): void;
  /** Gives classes other numbers; those that every ruleset has in common keep theirs. */
  renumber(numbers: ReadonlyMap<ClassId, ClassId>): void;
}

export class ElementSet implements StoredSet {
  readonly #shape: SetShape;
  #elements = new Map<string, Element>();

  constructor(shape: SetShape) {
    this.#shape = shape;
  }

  get size(): number {
    return this.#elements.size;
  }

  get(id: string): Element | undefined {
    return this.#elements.get(id);
  }

  has(id: string): boolean {
    return this.#elements.has(id);
  }

  set(id: string, element: Element): void {
    this.#elements.set(id, element);
  }

  delete(id: string): void {
    this.#elements.delete(id);
  }

  [Symbol.iterator](): Iterator<[string, Element]> {
    return this.#elements.entries();
  }

  renumber(numbers: ReadonlyMap<ClassId, ClassId>): void {
    const { elements } = renumberSet({ shape: this.#shape, elements: this.#elements }, numbers);
    this.#elements = new Map(elements);
  }
}

/** The map from known addresses to classes. An element for each of a hundred thousand would be three objects. */
export class ClassesSet implements StoredSet {
  readonly #classes: AddressClasses;

  constructor(classes: AddressClasses) {
    this.#classes = classes;
  }

  get size(): number {
    return this.#classes.size;
  }

  get(id: string): Element | undefined {
    const value = this.#classes.get(id as Address);
    return value === undefined ? undefined : elementOf(id as Address, value);
  }

  has(id: string): boolean {
    return this.#classes.get(id as Address) !== undefined;
  }

  set(id: string, { value }: Element): void {
    this.#classes.set(id as Address, value);
  }

  delete(id: string): void {
    this.#classes.set(id as Address, undefined);
  }

  *[Symbol.iterator](): Iterator<[string, Element]> {
    for (const [address, value] of this.#classes) yield [address, elementOf(address, value)];
  }

  renumber(numbers: ReadonlyMap<ClassId, ClassId>): void {
    for (const [address, value] of this.#classes)
      if (!isFixedClass(value)) this.#classes.set(address, numbers.get(value) ?? value);
  }
}

function elementOf(address: Address, value: ClassId): Element {
  return { key: [address], value, reason: undefined };
}
