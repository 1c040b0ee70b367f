import type { Question } from './message.ts';

/** Resolvers give up before; an answer that comes later counts as one that nobody asked for. Milliseconds. */
const REMEMBERED_MS = 15_000;
/** Of one client; the oldest is forgotten for another. */
const MOST_PER_CLIENT = 512;
const MOST_CLIENTS = 4096;

/** The two ends of a conversation, in any notation that tells them apart. */
export interface Ends {
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly protocol: 'udp' | 'tcp';
}

/** The questions of clients that have no answer yet: an answer to anything else is spoofed, late, or a double. */
export class Questions {
  /** By client, then by the rest: when it was asked. */
  readonly #open = new Map<string, Map<string, number>>();
  readonly #now: () => number;

  /** `now`: a clock in milliseconds that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  asked(ends: Ends, question: Question): void {
    let questions = this.#open.get(ends.client);
    // The client that spoke last stands last, and the one that has been silent longest is forgotten first.
    if (questions) this.#open.delete(ends.client);
    else questions = new Map();
    this.#open.set(ends.client, questions);
    const key = keyOf(ends, question);
    questions.delete(key);
    questions.set(key, this.#now());
    if (questions.size > MOST_PER_CLIENT) questions.delete(first(questions));
    if (this.#open.size > MOST_CLIENTS) this.#open.delete(first(this.#open));
  }

  /** Whether the client asked just this, and had no answer so far. */
  take(ends: Ends, question: Question): boolean {
    const questions = this.#open.get(ends.client);
    const key = keyOf(ends, question);
    const time = questions?.get(key);
    if (!questions || time === undefined) return false;
    questions.delete(key);
    if (questions.size === 0) this.#open.delete(ends.client);
    return this.#now() - time <= REMEMBERED_MS;
  }
}

function keyOf({ clientPort, server, protocol }: Ends, { id, name, type }: Question): string {
  return `${protocol} ${clientPort} ${server} ${id} ${type} ${name}`;
}

function first<K>(map: ReadonlyMap<K, unknown>): K {
  return map.keys().next().value as K;
}
