import { selects } from '../model/selectors.ts';
import type { Labels, PodMatch } from '../model/types.ts';
import { frozenList, getOrMake } from '../values/collections.ts';
import { type IndexedSelector, SelectorIndex } from './selector-index.ts';

/** What a PodMatch says about namespaces: one by name, or those that a selector picks. */
type NamespacePart = PodMatch['namespaces'];

interface Filed<T> {
  readonly byName: Map<string, readonly T[]>;
  readonly bySelector: Set<{
    readonly part: Extract<NamespacePart, { selector: unknown }>;
    readonly item: T;
  }>;
}

/**
 * Files items (facts, policies) under the PodMatch that selects for them, and finds all items for a pod: its labels
 * pick the pod selectors, and what each of them says about the pod's namespace is remembered per namespace.
 */
export class PodIndex<T> {
  readonly #selectors = new SelectorIndex();
  readonly #filed = new Map<IndexedSelector, Filed<T>>();
  /** Namespace name -> pod selector -> items; valid for the labels it was made with. */
  readonly #perNamespace = new Map<string, { labels: Labels; items: Map<IndexedSelector, readonly T[]> }>();

  add(match: PodMatch, item: T): void {
    const entry = this.#selectors.acquire(match.pods);
    const filed = getOrMake(this.#filed, entry, () => ({ byName: new Map(), bySelector: new Set() }));
    const part = match.namespaces;
    if ('name' in part)
      filed.byName.set(part.name, frozenList([...(filed.byName.get(part.name) ?? []), item]));
    else filed.bySelector.add({ part, item });
    this.#perNamespace.clear();
  }

  remove(match: PodMatch, item: T): void {
    const entry = this.#selectors.acquire(match.pods);
    const filed = this.#filed.get(entry);
    if (filed) {
      const part = match.namespaces;
      if ('name' in part) {
        const left = (filed.byName.get(part.name) ?? []).filter((other) => other !== item);
        if (left.length > 0) filed.byName.set(part.name, frozenList(left));
        else filed.byName.delete(part.name);
      } else for (const one of filed.bySelector) if (one.item === item) filed.bySelector.delete(one);
      if (filed.byName.size === 0 && filed.bySelector.size === 0) this.#filed.delete(entry);
    }
    this.#selectors.release(entry); // the use taken above
    this.#selectors.release(entry); // the use that `add` took
    this.#perNamespace.clear();
  }

  /** All items whose PodMatch selects a pod with these labels in this namespace, in no particular order. */
  match(namespace: string, namespaceLabels: Labels, labels: Labels): T[] {
    const cache = this.#cacheFor(namespace, namespaceLabels);
    const found: T[] = [];
    for (const entry of this.#selectors.match(labels)) {
      const items = getOrMake(cache, entry, () => this.#itemsIn(entry, namespace, namespaceLabels));
      for (const item of items) found.push(item);
    }
    return found;
  }

  /** Forgets what was worked out for a namespace. It is worked out anew when it is asked for again. */
  forgetNamespace(namespace: string): void {
    this.#perNamespace.delete(namespace);
  }

  #cacheFor(namespace: string, labels: Labels): Map<IndexedSelector, readonly T[]> {
    let cached = this.#perNamespace.get(namespace);
    if (cached?.labels !== labels) {
      cached = { labels, items: new Map() };
      this.#perNamespace.set(namespace, cached);
    }
    return cached.items;
  }

  #itemsIn(entry: IndexedSelector, namespace: string, namespaceLabels: Labels): readonly T[] {
    const filed = this.#filed.get(entry);
    if (!filed) return [];
    const items = [...(filed.byName.get(namespace) ?? [])];
    for (const { part, item } of filed.bySelector)
      if (selects(part.selector, namespaceLabels)) items.push(item);
    return frozenList(items);
  }
}
