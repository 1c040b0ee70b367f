import { getOrMake } from './collections.ts';

/** Something by namespace (empty for what has none) and name. */
export class NameTable<T> {
  // Two levels, because a key put together of both would be a string more for each of a hundred thousand pods.
  readonly #namespaces = new Map<string, Map<string, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  set(namespace: string, name: string, value: T): void {
    const names = getOrMake(this.#namespaces, namespace, () => new Map());
    this.#size -= names.size;
    names.set(name, value);
    this.#size += names.size;
  }

  /** Returns whether it was there. */
  delete(namespace: string, name: string): boolean {
    const names = this.#namespaces.get(namespace);
    if (!names?.delete(name)) return false;
    this.#size--;
    if (names.size === 0) this.#namespaces.delete(namespace);
    return true;
  }

  /** The namespaces in which there is something. */
  namespaces(): Iterable<string> {
    return this.#namespaces.keys();
  }

  has(namespace: string): boolean {
    return this.#namespaces.has(namespace);
  }

  inNamespace(namespace: string): Iterable<T> {
    return this.#namespaces.get(namespace)?.values() ?? [];
  }

  *values(): Iterable<T> {
    for (const names of this.#namespaces.values()) yield* names.values();
  }
}
