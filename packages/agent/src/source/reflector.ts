import { ClusterError, type KubeApi, listAll, type ObjectId, type Resource } from '@kncompile/compiler';
import { pause, pauseAfter } from './backoff.ts';
import { isServed } from './discovery.ts';
import { Inventory, type Reading, type Weighed } from './inventory.ts';
import { KindState } from './kind-state.ts';
import { idOfRaw, type RawObject, readRaw } from './raw-object.ts';
import type { KindStatus, ModelKind, Sink } from './source.ts';
import type { Pace } from './timing.ts';
import { type WatchEvent, WatchFailure, watch } from './watch.ts';

/** So many failures in a row, none of them of the network, and the kind is listed anew. */
const PATIENCE = 4;

/** A kind of which objects are in force is gone when the server has said so this many times in a row. */
const BELIEVED = 3;

/** No server may ask for a longer pause, in milliseconds. */
const LONGEST_RETRY_AFTER = 60_000;

/** Sees the objects of a cluster as the server sends them, whether they change anything or not. Never throws. */
export interface Onlooker {
  seen(raw: RawObject, reading: Reading, resource: Resource): void;
  /** Not said of what went while nothing was watched. */
  gone(id: ObjectId): void;
}

export interface ReflectorOptions {
  readonly api: KubeApi;
  readonly resource: Resource;
  readonly sink: Sink;
  readonly pace: Pace;
  readonly onlooker?: Onlooker | undefined;
}

/** Keeps a sink equal to one collection of an API server: a list, then a watch from there on, for ever. */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #inventory: Inventory;
  readonly #state: KindState;
  /** Where the next watch starts; undefined when only a list can tell. */
  #version: string | undefined;
  /** In a row. */
  #failures = 0;
  /** Whether the server was found to lack the kind; how often it has been looked for since. */
  #absent = false;
  #looks = 0;
  /** In a row: that the kind seems to be gone while its objects are in force. */
  #doubts = 0;

  constructor(options: ReflectorOptions) {
    const { resource, sink } = options;
    this.#options = options;
    this.#inventory = new Inventory(resource.kind as ModelKind, sink);
    this.#state = new KindState(this.#inventory, sink, resource.plural);
  }

  status(): KindStatus {
    return this.#state.status(this.#version);
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const milliseconds = await this.#step(signal);
      if (milliseconds > 0) await pause(milliseconds, signal);
    }
  }

  /** One list, one watch, or both; returns the pause before the next step. */
  async #step(signal: AbortSignal): Promise<number> {
    const { pace } = this.#options;
    try {
      if (this.#version === undefined) {
        this.#state.enter('listing');
        const found = await this.#list(signal);
        if (signal.aborted) return 0;
        if (found === 'absent') return pauseAfter(++this.#looks, pace.timing.absent, pace.random);
        if (found === 'doubtful') return pauseAfter(1, pace.timing.absent, pace.random);
      }
      await this.#watch(signal);
      return 0;
    } catch (error) {
      return signal.aborted ? 0 : this.#failed(error as Error);
    }
  }

  async #list(signal: AbortSignal): Promise<'listed' | 'absent' | 'doubtful'> {
    const { resource, pace } = this.#options;
    const api = limited(this.#options.api, signal, pace.timing.page);
    const { items, resourceVersion } = await listAll(api, resource, (raw): Weighed | undefined => {
      const reading = this.#read(raw);
      return reading && this.#inventory.weigh(reading);
    });
    if (resourceVersion === '') {
      if (!resource.optional) throw new Error(`the list of ${resource.plural} has no resourceVersion`);
      return await this.#missing(api);
    }
    if (signal.aborted) return 'listed';
    this.#inventory.replace(items.filter((item) => item !== undefined));
    this.#version = resourceVersion;
    this.#absent = false;
    this.#looks = 0;
    this.#doubts = 0;
    this.#state.listed();
    return 'listed';
  }

  /**
   * The server answered 404. At the first time it has to confirm that, and as long as objects are in force several
   * times: whoever deletes a CRD has its objects deleted first, and the watch tells that.
   */
  async #missing(api: KubeApi): Promise<'absent' | 'doubtful'> {
    const { plural } = this.#options.resource;
    if (!this.#absent) {
      if (await isServed(api, this.#options.resource)) {
        throw new Error(`the server has ${plural}, and answers as if it had not`);
      }
      if (this.#inventory.size > 0 && ++this.#doubts < BELIEVED) {
        this.#state.failed(
          `the server no longer has ${plural}; what is known of them stays in force for now`,
        );
        this.#state.enter('waiting');
        return 'doubtful';
      }
    }
    this.#absent = true;
    this.#doubts = 0;
    this.#failures = 0;
    this.#inventory.replace([]);
    this.#state.enter('absent');
    this.#state.fine();
    this.#state.listed();
    return 'absent';
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { api, resource, pace } = this.#options;
    const started = performance.now();
    let progress = false;
    try {
      await watch({
        api,
        resource,
        from: this.#version ?? '',
        timing: pace.timing,
        random: pace.random,
        signal,
        opened: () => {
          this.#state.enter('watching');
          this.#state.heard();
          this.#state.fine();
        },
        heard: () => this.#state.heard(),
        event: (event) => {
          this.#apply(event);
          progress = true;
        },
      });
    } finally {
      this.#state.enter('waiting');
      progress ||= performance.now() - started >= pace.timing.steady;
      if (progress) this.#failures = 0;
    }
    if (!progress) {
      throw new Error(`the server ends the watch of ${resource.plural} at once`);
    }
  }

  #apply({ type, object, resourceVersion }: WatchEvent): void {
    const { resource, onlooker } = this.#options;
    if (type === 'gone') {
      const id = idOfRaw(object, resource);
      if (id) {
        this.#inventory.remove(id);
        onlooker?.gone(id);
      }
    } else if (type === 'put') {
      const reading = this.#read(object);
      if (reading) this.#inventory.put(reading);
    }
    if (type !== 'bookmark') this.#state.changed();
    this.#version = resourceVersion;
  }

  #read(raw: RawObject): Reading | undefined {
    const { resource, onlooker } = this.#options;
    const reading = readRaw(raw, resource);
    if (reading) onlooker?.seen(raw, reading, resource);
    return reading;
  }

  /** Whether the credentials have never been allowed to see this kind, and the cluster may do without it. */
  #isWithheld(error: Error): boolean {
    const isForbidden = error instanceof ClusterError && error.diagnostic.code === 'server-forbids';
    return isForbidden && this.#options.resource.optional && this.#inventory.size === 0;
  }

  /** Goes on without the kind, so that it does not keep the others from being enforced; said, and tried again. */
  #passOver(error: Error): number {
    const { pace, resource } = this.#options;
    this.#state.enter('forbidden');
    this.#state.failed(`${error.message}; until it is granted no ${resource.kind} is enforced`);
    this.#state.listed();
    return pauseAfter(++this.#looks, pace.timing.absent, pace.random);
  }

  /** Notes a failure, and returns the pause before the next try. */
  #failed(error: Error): number {
    const { timing, random } = this.#options.pace;
    this.#failures++;
    this.#state.enter('waiting');
    const pauseNow = pauseAfter(this.#failures, timing.backoff, random);
    if (!(error instanceof WatchFailure)) {
      if (this.#isWithheld(error)) return this.#passOver(error);
      this.#state.failed(error.message);
      return pauseNow;
    }
    const { reason, retryAfter } = error;
    if (reason === 'expired' || reason === 'absent' || this.#failures >= PATIENCE) this.#version = undefined;
    // That a version expires is part of the protocol: the first time nothing is wrong.
    if (reason === 'expired' && this.#failures === 1) return 0;
    this.#state.failed(error.message);
    return Math.max(pauseNow, Math.min(retryAfter, LONGEST_RETRY_AFTER));
  }
}

/** The same API with an end to every request, body included. */
function limited(api: KubeApi, signal: AbortSignal, milliseconds: number): KubeApi {
  return {
    server: api.server,
    get: (path, request) =>
      api.get(path, { ...request, signal: AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]) }),
  };
}
