import { idOf, type ModelObject } from '@kncompile/compiler';
import type { Reconciler } from '../../../src/reconcile/reconciler.ts';

/** Tells a reconciler what leads from one whole cluster to the next. */
export class WantedObjects {
  readonly #reconciler: Reconciler;
  #objects: ReadonlyMap<string, ModelObject> = new Map();

  constructor(reconciler: Reconciler) {
    this.#reconciler = reconciler;
  }

  become(wanted: readonly ModelObject[]): void {
    const next = new Map(wanted.map((object) => [JSON.stringify(idOf(object)), object]));
    for (const [key, object] of this.#objects) if (!next.has(key)) this.#reconciler.delete(idOf(object));
    for (const [key, object] of next)
      if (JSON.stringify(this.#objects.get(key), plain) !== JSON.stringify(object, plain))
        this.#reconciler.set(object);
    this.#objects = next;
    this.#reconciler.ready();
  }
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
