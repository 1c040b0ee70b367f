import {
  type Address,
  type Compiler,
  type FreshName,
  familyOf,
  namesIn,
  printFreshNames,
  printStaleNames,
  type Ruleset,
} from '@kncompile/compiler';
import { textChange } from '../kernel/kernel.ts';
import type { Clock } from './clock.ts';
import { FreshNames, pairOf } from './fresh-names.ts';
import type { ReconcileStats } from './stats.ts';
import type { WatchedKernel } from './watched-kernel.ts';

/** What a pod was told for a DNS name. */
export interface ToldName {
  /** The address from which it asked. */
  readonly client: Address;
  /** Lower case, without the dot at the end. */
  readonly name: string;
  /** With the seconds for which new connections may use each. */
  readonly addresses: readonly { readonly address: Address; readonly ttl: number }[];
}

export interface NameLearnerParts {
  readonly compiler: Compiler;
  readonly kernel: WatchedKernel;
  readonly clock: Clock;
  readonly stats: ReconcileStats;
}

/**
 * Has the kernel let pods reach what they are told for the names of their rules (S37): the compiler makes classes of it,
 * which every commit keeps right, and the kernel itself forgets when the time to live has ended.
 */
export class NameLearner {
  readonly #parts: NameLearnerParts;
  readonly #fresh: FreshNames;
  readonly #isKnown = ({ subject, address }: FreshName): boolean =>
    this.#parts.compiler.isNamed(subject, address);
  #pending: Batch = newBatch();

  constructor(parts: NameLearnerParts) {
    this.#parts = parts;
    this.#fresh = new FreshNames(parts.clock);
  }

  get hasPending(): boolean {
    return this.#pending.waiting.length > 0;
  }

  /**
   * Notes what a pod was told, for the next commit. Resolves when the kernel knows, with what it knows now; with nothing
   * where it did not take that.
   */
  add({ client, name, addresses }: ToldName): Promise<readonly FreshName[]> {
    const { compiler } = this.#parts;
    for (const { address, ttl } of addresses)
      for (const subject of compiler.learnName(client, address, name))
        this.#pending.fresh.push({ subject, address, ttl });
    return new Promise((resolve) => this.#pending.waiting.push(resolve));
  }

  /** What has been noted so far: to be taken before a commit compiles, and handed to `commit` when the kernel has that. */
  take(): Batch {
    const batch = this.#pending;
    this.#pending = newBatch();
    return batch;
  }

  /** Has the kernel let new connections use a batch. */
  async commit({ fresh, waiting }: Batch): Promise<void> {
    if (waiting.length === 0) return;
    const { stats } = this.#parts;
    // A policy that went meanwhile takes its names with it; and a pod that was told too much must not fill the set.
    const wanted = longest(fresh.filter(this.#isKnown));
    const isTaken = wanted.length === 0 || (await this.#replace(wanted));
    stats[isTaken ? 'learnedNames' : 'refusedNames'] += wanted.length;
    for (const resolve of waiting) resolve(isTaken ? wanted : []);
  }

  /** Has a kernel whose table was loaded anew let new connections use what is good still. */
  async restore(): Promise<void> {
    this.#fresh.keepOnly(this.#isKnown);
    const wanted = this.#fresh.all();
    if (wanted.length > 0 && !(await this.#replace(wanted))) this.#parts.stats.refusedNames += wanted.length;
  }

  /** What the kernel lets new connections use, with the seconds that are left. */
  fresh(): readonly FreshName[] {
    return this.#fresh.all();
  }

  /** Takes over what a table that was found says pods were told. Their times to live go on in the kernel. */
  adopt({ sets }: Ruleset): void {
    for (const [name, { elements }] of sets) {
      if (!name.startsWith('names')) continue;
      for (const { key, reason } of elements.values()) {
        const [subject, address] = key as readonly Address[];
        if (subject === undefined || address === undefined || typeof reason !== 'string') continue;
        for (const one of namesIn(reason)) this.#parts.compiler.learnName(subject, address, one);
      }
    }
  }

  /** The kernel did not take a batch, or nobody commits any more. */
  refuse({ fresh, waiting }: Batch): void {
    this.#parts.stats.refusedNames += fresh.length;
    for (const resolve of waiting) resolve([]);
  }

  async #replace(wanted: readonly FreshName[]): Promise<boolean> {
    const stale = this.#fresh.keepOnly(this.#isKnown);
    // Where no pair of a family is left, there may be no set of it either.
    const isThere = ({ address }: FreshName): boolean =>
      wanted.some((each) => familyOf(each.address) === familyOf(address));
    const text = printStaleNames(stale.filter(isThere)) + printFreshNames(wanted);
    if ((await this.#parts.kernel.apply(textChange(text, 'delta'))) !== undefined) return false;
    this.#fresh.note(wanted);
    return true;
  }
}

/** What belongs to one commit. */
interface Batch {
  readonly fresh: FreshName[];
  readonly waiting: ((fresh: readonly FreshName[]) => void)[];
}

/** Each pair once, as nft wants them: with the longest time to live of several answers. */
function longest(fresh: readonly FreshName[]): FreshName[] {
  const pairs = new Map<string, FreshName>();
  for (const each of fresh) {
    const key = pairOf(each);
    if (each.ttl >= (pairs.get(key)?.ttl ?? 0)) pairs.set(key, each);
  }
  return [...pairs.values()];
}

function newBatch(): Batch {
  return { fresh: [], waiting: [] };
}
