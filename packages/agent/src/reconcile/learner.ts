import {
  type Address,
  type Compiler,
  FAMILIES,
  familyOf,
  LEARNED_SECONDS,
  printForgetting,
  printLearning,
  type Transaction,
} from '@kncompile/compiler';
import { textChange } from '../kernel/kernel.ts';
import type { Clock } from './clock.ts';
import type { ReconcileStats } from './stats.ts';
import type { WatchedKernel } from './watched-kernel.ts';

/** Learned addresses per family. */
const MOST = 4096;

export interface LearnerParts {
  readonly compiler: Compiler;
  readonly kernel: WatchedKernel;
  readonly clock: Clock;
  readonly stats: ReconcileStats;
}

/**
 * Tells the kernel which addresses turned out to be nobody's. It forgets them by itself; those that become somebody's
 * meanwhile are taken out with the commit that says so.
 */
export class Learner {
  readonly #parts: LearnerParts;
  /** Address -> when the kernel forgets it (clock, ms). */
  readonly #learned = new Map<Address, number>();
  readonly #pending = new Set<Address>();

  constructor(parts: LearnerParts) {
    this.#parts = parts;
  }

  get hasPending(): boolean {
    return this.#pending.size > 0;
  }

  /** Notes addresses for the next commit, as far as there is room. */
  add(addresses: readonly Address[]): void {
    const { clock, stats } = this.#parts;
    const now = clock.now();
    for (const [address, until] of this.#learned) if (until <= now) this.#learned.delete(address);
    for (const family of FAMILIES) {
      const isOwn = (address: Address): boolean => familyOf(address) === family;
      const taken = [...this.#learned.keys(), ...this.#pending].filter(isOwn).length;
      const fresh = addresses.filter((address) => isOwn(address) && !this.#pending.has(address));
      const room = Math.max(0, MOST - taken);
      for (const address of fresh.slice(0, room)) this.#pending.add(address);
      stats.refusedLearned += Math.max(0, fresh.length - room);
    }
  }

  /** Has the kernel learn what is noted. What it does not take is forgotten: the judge will tell it again. */
  async commit(): Promise<void> {
    const { compiler, kernel, clock, stats } = this.#parts;
    const addresses = compiler.noteLearned([...this.#pending]);
    this.#pending.clear();
    if (addresses.length === 0) return;
    if (await kernel.apply(textChange(printLearning(addresses), 'delta'))) {
      stats.refusedLearned += addresses.length;
      return;
    }
    stats.learned += addresses.length;
    for (const address of addresses) this.#learned.set(address, clock.now() + LEARNED_SECONDS * 1000);
  }

  /** What has the kernel forget the addresses that become somebody's with a transaction. */
  forgettingText({ elements, oldSets }: Transaction): string {
    if (this.#learned.size === 0) return '';
    const known = elements
      .filter(({ set }) => set.name.startsWith('peers'))
      .flatMap(({ added }) => added.map(({ key }) => key[0] as Address))
      .filter((address) => this.#learned.delete(address));
    // Sets that go take what they hold with them.
    return printForgetting(known.filter((address) => !oldSets.includes(`learned${familyOf(address)}`)));
  }

  /** The kernel has a new table, which has learned nothing. */
  clear(): void {
    this.#learned.clear();
  }
}
