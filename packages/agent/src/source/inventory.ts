import { isDeepStrictEqual } from 'node:util';
import {
  type Diagnostic,
  formatDiagnostic,
  idOf,
  type ModelObject,
  NameTable,
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

/**
 * A reading, compared with what is in force: what would be if it counted. Of a reading without diagnostics that is the
 * object alone, the very one that is in force where nothing changed: a hundred thousand of them wait for the end of a list.
 */
export type Weighed = ModelObject | Remarkable;

interface Remarkable {
  readonly id: ObjectId;
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
  readonly #objects = new NameTable<ModelObject>();
  /** Broken objects -> what was said about them. */
  readonly #complaints = new NameTable<Complaint>();

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
    const { namespace, name } = id;
    this.#complaints.delete(namespace, name);
    if (this.#objects.delete(namespace, name)) this.#sink.delete(id);
  }

  /** For `replace`. What did not change is not held twice meanwhile. */
  weigh({ id, result }: Reading): Weighed {
    const previous = this.#objects.get(id.namespace, id.name);
    const { object, diagnostics } = result;
    if (object) {
      const inForce = same(previous, object);
      return diagnostics.length === 0 ? inForce : { id, object: inForce, standIn: undefined, diagnostics };
    }
    const standIn = standInFor(previous, result);
    return {
      id,
      object: standIn.object && same(previous, standIn.object),
      standIn: standIn.is,
      diagnostics,
    };
  }

  /** Makes these objects the only ones, besides those in force that are to be kept. */
  replace(all: Iterable<Weighed>, kept: (object: ModelObject) => boolean = () => false): void {
    const listed = new NameTable<true>();
    const isFirst = this.#objects.size + this.#complaints.size === 0;
    for (const weighed of all) {
      const { namespace, name } = 'kind' in weighed ? idOf(weighed) : weighed.id;
      if (!isFirst) listed.set(namespace, name, true);
      this.#deliver(weighed);
    }
    // All that is in force was in the list.
    if (isFirst) return;
    const isGone = ({ namespace, name }: ObjectId): boolean => !listed.get(namespace, name);
    const gone = [...this.#objects.values()].filter((object) => isGone(idOf(object)) && !kept(object));
    for (const object of gone) this.remove(idOf(object));
    const settled = [...this.#complaints.values()].filter(({ id }) => isGone(id) && !this.#has(id));
    for (const { id } of settled) this.#complaints.delete(id.namespace, id.name);
  }

  #has({ namespace, name }: ObjectId): boolean {
    return this.#objects.get(namespace, name) !== undefined;
  }

  #deliver(weighed: Weighed): void {
    const { id, object, standIn, diagnostics } = 'kind' in weighed ? unremarkable(weighed) : weighed;
    const { namespace, name } = id;
    const changed = object !== this.#objects.get(namespace, name);
    if (object && changed) {
      this.#objects.set(namespace, name, object);
      this.#sink.set(object);
    }
    if (standIn === undefined) {
      this.#complaints.delete(namespace, name);
      if (changed && diagnostics.length > 0) this.#sink.warned(diagnostics);
      return;
    }
    const words = diagnostics.map(formatDiagnostic).join('\n');
    if (this.#complaints.get(namespace, name)?.words === words) return;
    this.#complaints.set(namespace, name, { id, words });
    this.#sink.rejected({ id, standIn, diagnostics });
  }
}

function unremarkable(object: ModelObject): Remarkable {
  return { id: idOf(object), object, standIn: undefined, diagnostics: [] };
}

/** The old object where the new one says the same, so that `===` tells what changed. */
function same(previous: ModelObject | undefined, next: ModelObject): ModelObject {
  return previous !== undefined && isDeepStrictEqual(previous, next) ? previous : next;
}

/** What was said about a broken object. */
interface Complaint {
  readonly id: ObjectId;
  readonly words: string;
}
