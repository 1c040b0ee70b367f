import { selectorKey, selects } from '../model/selectors.ts';
import type { Labels, Selector } from '../model/types.ts';
import { addTo, getOrMake, removeFrom } from '../values/collections.ts';

/** A selector that the index knows; the same object for every selector that says the same. */
export interface IndexedSelector {
  readonly key: string;
  readonly selector: Selector;
}

/**
 * Finds, for a set of labels, all selectors that hold for it, without trying each of them: a selector is filed under
 * one label that it needs, and only those filed under the labels at hand (or under none) are tried.
 */
export class SelectorIndex {
  readonly #known = new Map<string, { readonly entry: IndexedSelector; uses: number }>();
  readonly #byValue = new Map<string, Map<string, Set<IndexedSelector>>>();
  readonly #byKey = new Map<string, Set<IndexedSelector>>();
  readonly #unfiled = new Map<typeof NO_LABEL, Set<IndexedSelector>>();

  /** Adds one use of a selector. */
  acquire(selector: Selector): IndexedSelector {
    const key = selectorKey(selector);
    const known = this.#known.get(key);
    if (known) {
      known.uses++;
      return known.entry;
    }
    const entry = Object.freeze({ key, selector });
    this.#known.set(key, { entry, uses: 1 });
    this.#file(entry, addTo);
    return entry;
  }

  /** Takes one use back; the last one removes the selector. */
  release(entry: IndexedSelector): void {
    const known = this.#known.get(entry.key);
    if (!known || --known.uses > 0) return;
    this.#known.delete(entry.key);
    this.#file(entry, removeFrom);
  }

  /** All selectors that hold for the labels, in no particular order. */
  match(labels: Labels): IndexedSelector[] {
    const found: IndexedSelector[] = [];
    for (const entry of this.#unfiled.get(NO_LABEL) ?? [])
      if (selects(entry.selector, labels)) found.push(entry);
    for (const key in labels) {
      const sameKey = this.#byKey.get(key);
      if (sameKey) for (const entry of sameKey) if (selects(entry.selector, labels)) found.push(entry);
      const sameValue = this.#byValue.get(key)?.get(labels[key] as string);
      if (sameValue) for (const entry of sameValue) if (selects(entry.selector, labels)) found.push(entry);
    }
    return found;
  }

  /** Files a selector, or takes it out: under one needed label, with each value it may have, or under no label. */
  #file(entry: IndexedSelector, change: typeof addTo | typeof removeFrom): void {
    const byValue = entry.selector.find(({ operator }) => operator === 'In');
    if (byValue) {
      const values = getOrMake(this.#byValue, byValue.key, () => new Map<string, Set<IndexedSelector>>());
      for (const value of byValue.values) change(values, value, entry);
      if (values.size === 0) this.#byValue.delete(byValue.key);
      return;
    }
    const byKey = entry.selector.find(({ operator }) => operator === 'Exists');
    if (byKey) change(this.#byKey, byKey.key, entry);
    else change(this.#unfiled, NO_LABEL, entry);
  }
}

const NO_LABEL = Symbol('no label');
