import type { Sink } from '../source.ts';

/** What is wrong at the moment, told to a sink when it begins, changes or ends. */
export class Troubles {
  readonly #sink: Sink;
  readonly #said = new Map<string, string>();

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  first(): string | undefined {
    return this.#said.values().next().value;
  }

  say(about: string, message: string): void {
    if (this.#said.get(about) === message) return;
    this.#said.set(about, message);
    this.#sink.troubled(about, message);
  }

  clear(about: string): void {
    if (this.#said.delete(about)) this.#sink.recovered(about);
  }

  /** These, and no others. */
  replace(all: ReadonlyMap<string, string>): void {
    for (const about of [...this.#said.keys()]) if (!all.has(about)) this.clear(about);
    for (const [about, message] of all) this.say(about, message);
  }
}
