import type { FreshName } from '@kncompile/compiler';
import type { Clock } from './clock.ts';

/** What the kernel lets new connections use, and until when: a mirror of its `fresh_names` sets. */
export class FreshNames {
  readonly #clock: Clock;
  /** Pod and address -> the two, and when it ends (clock, ms). */
  readonly #known = new Map<string, { readonly name: FreshName; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(names: readonly FreshName[]): void {
    const now = this.#clock.now();
    for (const name of names) this.#known.set(pairOf(name), { name, until: now + name.ttl * 1000 });
  }

  /** Forgets the pairs that are no longer wanted, and returns those of them that the kernel still has. */
  keepOnly(isWanted: (name: FreshName) => boolean): FreshName[] {
    this.#forgetOld();
    const gone: FreshName[] = [];
    for (const [pair, { name }] of this.#known) {
      if (isWanted(name)) continue;
      this.#known.delete(pair);
      gone.push(name);
    }
    return gone;
  }

  /** What is good still, with the seconds that are left, at least one. */
  all(): FreshName[] {
    this.#forgetOld();
    const now = this.#clock.now();
    return [...this.#known.values()].map(({ name, until }) => ({
      ...name,
      ttl: Math.ceil((until - now) / 1000),
    }));
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [pair, { until }] of this.#known) if (until <= now) this.#known.delete(pair);
  }
}

/** Equal for the same pod and address. */
export function pairOf({ subject, address }: Pick<FreshName, 'subject' | 'address'>): string {
  return `${subject} ${address}`;
}
