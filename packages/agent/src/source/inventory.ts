import { isDeepStrictEqual } from 'node:util';
import {
  type Diagnostic,
  formatDiagnostic,
  idOf,
  type ModelObject,
  type ObjectId,
  type ParseResult,
} from '@kncompile/compiler';
import type { ModelKind, Rejection, Sink } from './source.ts';
import { standInFor } from './stand-in.ts';

/** One object as it was read, good or broken. */
export interface Reading {
  readonly id: ObjectId;
  readonly result: ParseResult;
}

/** A reading, compared with what is in force: what would be if it counted. */
export interface Weighed {
  readonly key: string;
  readonly id: ObjectId;
  /** The very object that is in force, where nothing changed. */
  readonly object: ModelObject | undefined;
  /** For a broken object only. */
  readonly standIn: Rejection['standIn'] | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The objects of one kind that a source has delivered. It turns readings into calls of the sink: only differences, and
 * stand-ins for what is broken (S50).
 */
export class Inventory {
  readonly kind: ModelKind;
  readonly #sink: Sink;
  readonly #objects = new Map<string, ModelObject>();
  /** Broken objects -> what was said about them. */
  readonly #complaints = new Map<string, string>();

  constructor(kind: ModelKind, sink: Sink) {
    this.kind = kind;
    this.#sink = sink;
  }

  get size(): number {
    return this.#objects.size;
  }

  get rejected(): number {
    return this.#complaints.size;
  }

  /** One object that was added or changed. */
  put(reading: Reading): void {
    this.#deliver(this.weigh(reading));
  }

  /** One object that is gone; one that was never there is no error. */
  remove(id: ObjectId): void {
    const key = keyOf(id);
    this.#complaints.delete(key);
    if (this.#objects.delete(key)) this.#sink.delete(id);
  }

  /** For `replace`. What did not change is not held twice meanwhile. */
  weigh({ id, result }: Reading): Weighed {
    const key = keyOf(id);
    const previous = this.#objects.get(key);
    const { object, diagnostics } = result;
    if (object) return { key, id, object: same(previous, object), standIn: undefined, diagnostics };
    const standIn = standInFor(previous, result);
    return {
      key,
      id,
      object: standIn.object && same(previous, standIn.object),
      standIn: standIn.is,
      diagnostics,
    };
  }

  /** Makes these objects the only ones, besides those in force that are to be kept. */
  replace(all: Iterable<Weighed>, kept: (object: ModelObject) => boolean = () => false): void {
    const keys = new Set<string>();
    for (const weighed of all) {
      keys.add(weighed.key);
      this.#deliver(weighed);
    }
    for (const key of [...this.#complaints.keys(), ...this.#objects.keys()]) {
      if (keys.has(key)) continue;
      const object = this.#objects.get(key);
      if (object && kept(object)) continue;
      this.#complaints.delete(key);
      this.#objects.delete(key);
      if (object) this.#sink.delete(idOf(object));
    }
  }

  #deliver({ key, id, object, standIn, diagnostics }: Weighed): void {
    const changed = object !== this.#objects.get(key);
    if (object && changed) {
      this.#objects.set(key, object);
      this.#sink.set(object);
    }
    if (standIn === undefined) {
      this.#complaints.delete(key);
      if (changed && diagnostics.length > 0) this.#sink.warned(diagnostics);
      return;
    }
    const complaint = diagnostics.map(formatDiagnostic).join('\n');
    if (this.#complaints.get(key) === complaint) return;
    this.#complaints.set(key, complaint);
    this.#sink.rejected({ id, standIn, diagnostics });
  }
}

/** The old object where the new one says the same, so that `===` tells what changed. */
function same(previous: ModelObject | undefined, next: ModelObject): ModelObject {
  return previous !== undefined && isDeepStrictEqual(previous, next) ? previous : next;
}

function keyOf({ namespace, name }: ObjectId): string {
  return `${namespace}/${name}`;
}
