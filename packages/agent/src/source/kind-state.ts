import type { Inventory } from './inventory.ts';
import type { KindStatus, Sink } from './source.ts';

/** What is to be told about one kind. Times are monotonic, so that a clock that is set changes nothing. */
export class KindState {
  readonly #inventory: Inventory;
  readonly #sink: Sink;
  /** What messages call it. */
  readonly #about: string;
  #phase: KindStatus['phase'] = 'listing';
  #syncedAt: number | undefined;
  #eventAt: number | undefined;
  #heardAt: number | undefined;
  #lists = 0;
  #failures = 0;
  #problem: string | undefined;

  constructor(inventory: Inventory, sink: Sink, about: string) {
    this.#inventory = inventory;
    this.#sink = sink;
    this.#about = about;
  }

  enter(phase: KindStatus['phase']): void {
    this.#phase = phase;
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  changed(): void {
    this.#eventAt = performance.now();
  }

  listed(): void {
    this.#lists++;
    this.#syncedAt = performance.now();
    this.heard();
    this.#sink.synced(this.#inventory.kind);
  }

  failed(message: string): void {
    this.#failures++;
    if (message === this.#problem) return;
    this.#problem = message;
    this.#sink.troubled(this.#about, message);
  }

  fine(): void {
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#sink.recovered(this.#about);
  }

  status(resourceVersion?: string): KindStatus {
    const { kind, size, rejected } = this.#inventory;
    return {
      kind,
      phase: this.#phase,
      synced: this.#syncedAt !== undefined,
      objects: size,
      rejected,
      secondsSinceSync: secondsSince(this.#syncedAt),
      secondsSinceEvent: secondsSince(this.#eventAt),
      secondsSinceHeard: secondsSince(this.#heardAt),
      lists: this.#lists,
      failures: this.#failures,
      resourceVersion,
      problem: this.#problem,
    };
  }
}

function secondsSince(moment: number | undefined): number | undefined {
  return moment === undefined ? undefined : (performance.now() - moment) / 1000;
}
