import { type KubeApi, RESOURCES } from '@kncompile/compiler';
import { type Onlooker, Reflector } from './reflector.ts';
import type { KindStatus, Sink, Source } from './source.ts';
import { PACE, type Pace } from './timing.ts';

/** The objects of a live cluster: one reflector for each kind. */
export class ClusterSource implements Source {
  readonly #reflectors: readonly Reflector[];

  constructor(api: KubeApi, sink: Sink, pace: Pace = PACE, onlooker?: Onlooker) {
    this.#reflectors = RESOURCES.map((resource) => new Reflector({ api, resource, sink, pace, onlooker }));
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }

  status(): readonly KindStatus[] {
    return this.#reflectors.map((reflector) => reflector.status());
  }
}
