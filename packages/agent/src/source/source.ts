/** Where the cluster's objects come from. An API server and a directory of files look the same from here on. */
import { type Diagnostic, type ModelObject, type ObjectId, RESOURCES } from '@kncompile/compiler';

export type ModelKind = ModelObject['kind'];

/** Every kind that a source delivers. */
export const KINDS: readonly ModelKind[] = RESOURCES.map(({ kind }) => kind as ModelKind);

/** An object that is broken, and what stands in for it (S50). */
export interface Rejection {
  readonly id: ObjectId;
  /**
   * `remnant`: what could be read of the policy, without its permissions. `previous`: the last version that could be
   * read, of a policy without its permissions. `nothing`: neither is known.
   */
  readonly standIn: 'remnant' | 'previous' | 'nothing';
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Takes what a source has to say. All calls are synchronous, and those that belong together (a relist, a file that
 * changed) come without a turn of the event loop between them.
 */
export interface Sink {
  /** A new or changed object, or the stand-in of a rejected one. Never one that equals the last. */
  set(object: ModelObject): void;
  delete(id: ObjectId): void;
  /** Said once for each version of a broken object. */
  rejected(rejection: Rejection): void;
  /** Warnings about objects that are in force. */
  warned(diagnostics: readonly Diagnostic[]): void;
  /** All objects of the kind have been delivered; said again after every later list. */
  synced(kind: ModelKind): void;
  /** The source cannot see something (a kind's plural, a file). Said once until the words change. */
  troubled(about: string, message: string): void;
  /** What was said about it last is over. */
  recovered(about: string): void;
}

export interface KindStatus {
  readonly kind: ModelKind;
  /**
   * `listing` until all objects are known, `watching` while changes come in, `absent` while the server does not have
   * the kind, `forbidden` while an optional kind may not be listed, `waiting` before another try.
   */
  readonly phase: 'listing' | 'watching' | 'absent' | 'forbidden' | 'waiting';
  /** Whether all objects have been delivered at least once. */
  readonly synced: boolean;
  /** In force, stand-ins included. */
  readonly objects: number;
  readonly rejected: number;
  /** Since the last full list; undefined before the first. */
  readonly secondsSinceSync: number | undefined;
  /** Since the last change. */
  readonly secondsSinceEvent: number | undefined;
  /** Since the last sign of life: what happened since then may be unknown. The upper bound of the watch's lag. */
  readonly secondsSinceHeard: number | undefined;
  /** Full lists that succeeded. */
  readonly lists: number;
  /** Requests and streams that failed. */
  readonly failures: number;
  /** The version of the collection up to which everything is known; undefined where there are none. */
  readonly resourceVersion: string | undefined;
  /** What is wrong at the moment. */
  readonly problem: string | undefined;
}

export interface Source {
  /** Delivers to its sink until the signal aborts. Never rejects: what goes wrong is told, and tried again. */
  run(signal: AbortSignal): Promise<void>;
  /** One entry for each of `KINDS`. */
  status(): readonly KindStatus[];
}

/** Whether every kind has been listed: before that the picture of the cluster is not one to act on. */
export function isSynced(source: Pick<Source, 'status'>): boolean {
  return source.status().every(({ synced }) => synced);
}
