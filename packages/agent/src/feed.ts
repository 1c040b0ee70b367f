import {
  type Diagnostic,
  formatDiagnostic,
  formatRef,
  type ModelObject,
  type ObjectId,
  placePod,
} from '@kncompile/compiler';
import type { Reconciler } from './reconcile/reconciler.ts';
import type { Logger } from './report/logger.ts';
import { KINDS, type ModelKind, type Rejection, type Sink } from './source/source.ts';

export interface FeedOptions {
  readonly nodeName: string;
  readonly log: Logger;
  /** Whether pods without a node are this node's, as the command has it: files have such pods. */
  readonly placesPods: boolean;
}

type Intake = Pick<Reconciler, 'set' | 'delete' | 'ready'>;

/** What stands in force of a broken object, in words. */
const IN_FORCE: Readonly<Record<Rejection['standIn'], string>> = {
  remnant: 'what of it can be read isolates and denies, and allows nothing',
  previous: 'its last good version stays; of a policy only what isolates and denies',
  nothing: 'it has no effect',
};

/** From a source to the reconciler; what else the source has to say goes into the log. Attach it before the source runs. */
export class Feed implements Sink {
  readonly #options: FeedOptions;
  readonly #listed = new Set<ModelKind>();
  /** Node objects; whether ours is among them tells whether the node's name is right. */
  readonly #nodes = new Set<string>();
  #intake: Intake | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Names of the Node objects, as far as they are known. */
  get nodes(): ReadonlySet<string> {
    return this.#nodes;
  }

  /** Where the objects are to go. */
  attach(intake: Intake): void {
    this.#intake = intake;
  }

  set(object: ModelObject): void {
    const { placesPods, nodeName } = this.#options;
    if (object.kind === 'Node') this.#nodes.add(object.name);
    this.#intake?.set(placesPods ? placePod(object, nodeName) : object);
  }

  delete(id: ObjectId): void {
    if (id.kind === 'Node') this.#nodes.delete(id.name);
    this.#intake?.delete(id);
  }

  rejected({ id, standIn, diagnostics }: Rejection): void {
    const facts = { object: formatRef(id), problems: diagnostics.map(formatDiagnostic) };
    this.#options.log.error(facts, `rejected: ${IN_FORCE[standIn]}`);
  }

  warned(diagnostics: readonly Diagnostic[]): void {
    for (const diagnostic of diagnostics) this.#options.log.warn(formatDiagnostic(diagnostic));
  }

  synced(kind: ModelKind): void {
    if (this.#listed.has(kind)) return;
    this.#listed.add(kind);
    if (this.#listed.size < KINDS.length) return;
    const { nodeName, log } = this.#options;
    log.info('every kind has been listed');
    if (this.#nodes.size > 0 && !this.#nodes.has(nodeName))
      log.warn({ node: nodeName }, 'the cluster has no Node object of this name: is --node-name right?');
    this.#intake?.ready();
  }

  troubled(about: string, message: string): void {
    this.#options.log.error({ about }, message);
  }

  recovered(about: string): void {
    this.#options.log.info({ about }, 'fine again');
  }
}
