/** What a cluster holds, with a history, as etcd keeps it: one revision for each change, whatever it changes. */
import { isDeepStrictEqual } from 'node:util';
import { RESOURCES, type Resource } from '@kncompile/compiler';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly uid?: string;
    /** Counts the changes of what is asked for: everything but metadata and status. */
    readonly generation?: number;
    readonly resourceVersion?: string;
  };
  readonly [field: string]: unknown;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: string;
  readonly revision: number;
  readonly object: Manifest;
}

export class Store {
  #revision = 1000;
  /** The oldest revision that a watch may start from, and a continued list may be of. */
  #compacted = 1000;
  readonly #objects = new Map<string, Map<string, Manifest>>();
  #history: Change[] = [];
  readonly #installed = new Set(RESOURCES.filter(({ optional }) => !optional).map(({ kind }) => kind));
  readonly #listeners = new Set<(change: Change) => void>();

  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#compacted;
  }

  /** Creates or replaces an object. The status of a policy stays: it is a subresource. */
  set(object: Manifest): void {
    const previous = this.get(object.kind, object.metadata.name, object.metadata.namespace);
    const status = WITH_STATUS.has(object.kind) ? previous?.['status'] : object['status'];
    const { status: _, ...rest } = object;
    this.#put({ ...rest, ...(status !== undefined && { status }) }, previous);
  }

  /** Replaces the status of an object that is there. */
  setStatus(object: Manifest, status: unknown): Manifest {
    return this.#put({ ...object, status }, object);
  }

  get(kind: string, name: string, namespace = ''): Manifest | undefined {
    return this.#of(kind).get(`${namespace}/${name}`);
  }

  #put(object: Manifest, previous: Manifest | undefined): Manifest {
    const isAsked = !previous || !isDeepStrictEqual(askedFor(previous), askedFor(object));
    const uid = previous?.metadata.uid ?? `uid-${this.#revision + 1}`;
    const generation = (previous?.metadata.generation ?? 0) + (isAsked ? 1 : 0);
    const stored = this.#stamp({ ...object, metadata: { ...object.metadata, uid, generation } });
    this.#of(object.kind).set(keyOf(object), stored);
    this.#tell(previous ? 'MODIFIED' : 'ADDED', stored);
    return stored;
  }

  /** Deletes an object; one that is not there is no error. */
  delete(kind: string, name: string, namespace = ''): void {
    const objects = this.#of(kind);
    const object = objects.get(`${namespace}/${name}`);
    if (!object) return;
    objects.delete(`${namespace}/${name}`);
    this.#tell('DELETED', this.#stamp(object));
  }

  /** Sorted by key, as lists are. */
  all(kind: string): readonly Manifest[] {
    return [...this.#of(kind)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  since(kind: string, revision: number): readonly Change[] {
    return this.#history.filter((change) => change.kind === kind && change.revision > revision);
  }

  /** Forgets the history: every watch has to start from the revision of now. */
  compact(): void {
    this.#revision++;
    this.#compacted = this.#revision;
    this.#history = [];
  }

  /** Defines the CRD of an optional kind. */
  install(kind: string): void {
    this.#installed.add(kind);
  }

  /** Takes it away with its objects, each of which is deleted first. */
  uninstall(kind: string): void {
    for (const { metadata } of this.all(kind)) this.delete(kind, metadata.name, metadata.namespace);
    this.#installed.delete(kind);
  }

  /** Takes it away so that nobody hears of its objects' end: as it looks to who was away meanwhile. */
  forget(kind: string): void {
    this.#objects.delete(kind);
    this.#installed.delete(kind);
    this.compact();
  }

  has({ kind }: Resource): boolean {
    return this.#installed.has(kind);
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #of(kind: string): Map<string, Manifest> {
    const objects = this.#objects.get(kind) ?? new Map<string, Manifest>();
    this.#objects.set(kind, objects);
    return objects;
  }

  #stamp(object: Manifest): Manifest {
    this.#revision++;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #tell(type: Change['type'], object: Manifest): void {
    const change = { type, kind: object.kind, revision: this.#revision, object };
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}

/** Kinds of which the status is written apart from the rest. */
const WITH_STATUS: ReadonlySet<string> = new Set(
  RESOURCES.filter(({ optional }) => optional).map(({ kind }) => kind),
);

function askedFor({ metadata: _, status: __, ...rest }: Manifest): object {
  return rest;
}

function keyOf({ metadata }: Manifest): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
