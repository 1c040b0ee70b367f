/** The value under `key`, made and stored first where there is none. */
export function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

const NOTHING: readonly never[] = Object.freeze([]);

/**
 * The items, frozen, in an array that is no larger than they are. One that grew item by item keeps room for 17, which
 * is most of what an object with a few short lists takes.
 */
export function frozenList<T>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? NOTHING : Object.freeze(items.slice());
}

/** Files a value under a key. */
export function addTo<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  getOrMake(index, key, () => new Set()).add(value);
}

/** Takes a value out from under a key; with the last one the key goes, too. */
export function removeFrom<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
  const values = index.get(key);
  if (values?.delete(value) && values.size === 0) index.delete(key);
}

/** Orders by code unit, as names are ordered everywhere (S6): never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
