import { type AddressRange, isInRanges } from '../cluster/block-partition.ts';
import { decide } from '../decision/decide.ts';
import type { PortVerdicts, Reason } from '../decision/verdicts.ts';
import { CELL_VERDICT } from '../ruleset/ir.ts';
import {
  type Address,
  addressWords,
  type Family,
  familyBits,
  familyOf,
  valueWords,
  writeWords,
} from '../values/address.ts';
import {
  DECIDED_BY,
  DNS_CLIENT,
  type FamilyDelta,
  type JudgeDelta,
  type JudgeRow,
  NODE_RANGE,
  PART_WORDS,
  POD_RANGE,
  QUEUED_EGRESS,
  QUEUED_INGRESS,
} from './judge-delta.ts';
import type { NamedAddress } from './named-addresses.ts';
import { peerOf, type Side } from './sides.ts';
import type { State } from './state.ts';

type NamedPair = Pick<NamedAddress, 'subject' | 'address'>;

/** Tables that are told as a whole. */
interface Tables {
  readonly subjects: boolean;
  readonly outside: boolean;
  /** The node's own addresses, and the pod CIDRs. */
  readonly hosts: boolean;
  /** The DNS names that policies ask for. */
  readonly domains: boolean;
}

const NONE: Tables = Object.freeze({ subjects: false, outside: false, hosts: false, domains: false });
const ALL: Tables = Object.freeze({ subjects: true, outside: true, hosts: true, domains: true });

/**
 * The compiler's knowledge for judges in other processes: collects what commits change from the moment it is made. Answers
 * are as of the last commit.
 */
export class JudgeView {
  readonly #state: State;
  readonly #stampOfNow: () => number;
  readonly #addresses = new Set<Address>();
  readonly #named = new Set<NamedPair>();
  #tables: Tables = NONE;
  #stampTold: number;

  constructor(state: State, stampOfNow: () => number) {
    this.#state = state;
    this.#stampOfNow = stampOfNow;
    this.#stampTold = stampOfNow();
  }

  /** Notes that an address may have another profile. */
  noteAddress(address: Address): void {
    this.#addresses.add(address);
  }

  /** Notes that an address may be something else to a pod that was told its DNS names (S37). */
  noteNamed(pair: NamedPair): void {
    this.#named.add(pair);
  }

  /** Notes which tables may have changed. */
  note({ subjects, outside, hosts, domains }: Tables): void {
    if (!subjects && !outside && !hosts && !domains) return;
    const before = this.#tables;
    this.#tables = {
      subjects: before.subjects || subjects,
      outside: before.outside || outside,
      hosts: before.hosts || hosts,
      domains: before.domains || domains,
    };
  }

  /** What has changed since the last call; undefined for nothing. */
  takeDelta(): JudgeDelta | undefined {
    const stamp = this.#stampOfNow();
    const isQuiet = this.#addresses.size === 0 && this.#named.size === 0 && this.#tables === NONE;
    if (isQuiet && stamp === this.#stampTold) return undefined;
    const delta = this.#delta(false, this.#addresses, this.#named, this.#tables);
    this.#addresses.clear();
    this.#named.clear();
    this.#tables = NONE;
    this.#stampTold = stamp;
    return delta;
  }

  /** Everything, for a judge that starts: time and memory proportional to the number of addresses. */
  all(): JudgeDelta {
    const known: Address[] = [];
    for (const { address, profile } of this.#state.addresses.records()) if (profile) known.push(address);
    return this.#delta(true, known, this.#state.named.all(), ALL);
  }

  /** Whether somebody has the address, who may be told with the next delta only. */
  knows(address: Address): boolean {
    return this.#state.addresses.get(address)?.profile !== undefined;
  }

  /** What a profile means to a side; undefined where one of the two is no more: the judge will have heard by then. */
  row(side: number, profile: number): JudgeRow | undefined {
    const column = this.#state.subjects.sideWithId(side);
    const peer = this.#state.profiles.withId(profile);
    return column && peer && rowOf(decide(column.direction, column.subject, peerOf(peer.facts, peer.ports)));
  }

  #delta(
    whole: boolean,
    addresses: Iterable<Address>,
    named: Iterable<NamedPair>,
    tables: Tables,
  ): JudgeDelta {
    const byFamily: Record<Family, Address[]> = { 4: [], 6: [] };
    for (const address of addresses) byFamily[familyOf(address)].push(address);
    const pairs: Record<Family, NamedPair[]> = { 4: [], 6: [] };
    for (const pair of named) pairs[familyOf(pair.address)].push(pair);
    const family = (one: Family): FamilyDelta => ({
      addresses: this.#profiles(one, byFamily[one]),
      ...(pairs[one].length > 0 ? { names: this.#names(pairs[one]) } : {}),
      ...(tables.subjects ? { subjects: this.#subjects(one) } : {}),
      ...(tables.outside ? { outside: Int32Array.from(this.#state.outside[one].profileWords()) } : {}),
      ...(tables.hosts ? { podRanges: this.#podRanges(one), nodeAddresses: this.#nodeAddresses(one) } : {}),
    });
    const { markMask } = this.#state.options;
    return {
      whole,
      stamp: this.#stampOfNow(),
      stampMask: markMask >>> 0,
      families: { 4: family(4), 6: family(6) },
      ...(tables.domains ? { domains: this.#state.facts.domains() } : {}),
    };
  }

  #profiles(family: Family, addresses: readonly Address[]): Int32Array {
    const stride = familyBits(family) / 32 + 1;
    const words = new Int32Array(addresses.length * stride);
    for (const [i, address] of addresses.entries()) {
      writeWords(address, words, i * stride);
      words[(i + 1) * stride - 1] = this.#state.addresses.get(address)?.profile?.id ?? 0;
    }
    return words;
  }

  #subjects(family: Family): Int32Array {
    const words: number[] = [];
    for (const { address, sides } of this.#state.subjects.members()) {
      if (familyOf(address) !== family) continue;
      const of = (direction: Side['direction']): Side | undefined =>
        sides.find((side) => side.direction === direction);
      const isQueued = (side: Side | undefined): boolean =>
        side !== undefined && this.#state.emitter.isQueued(side, address);
      const [ingress, egress] = [of('ingress'), of('egress')];
      const bits =
        (isQueued(ingress) ? QUEUED_INGRESS : 0) |
        (isQueued(egress) ? QUEUED_EGRESS : 0) |
        (egress?.asksNames ? DNS_CLIENT : 0);
      words.push(...addressWords(address), ingress?.id ?? 0, egress?.id ?? 0, bits);
    }
    return Int32Array.from(words);
  }

  #names(pairs: readonly NamedPair[]): Int32Array {
    const profileOf = ({ subject, address }: NamedPair): number =>
      this.#state.named.get(subject, address)?.profile?.id ?? 0;
    return Int32Array.from(
      pairs.flatMap((pair) => [
        ...addressWords(pair.subject),
        ...addressWords(pair.address),
        profileOf(pair),
      ]),
    );
  }

  /** As in the kernel's sets: nobody asks who an unknown address is while there are no policies. */
  #podRanges(family: Family): Int32Array {
    const state = this.#state;
    const active = state.compiled.size > 0;
    const [pods, own] = active ? [state.podRanges(family), state.ownPodRanges(family)] : [[], []];
    const words: number[] = [];
    for (const first of bordersOf(family, [...pods, ...own])) {
      const bits = (isInRanges(pods, first) ? POD_RANGE : 0) | (isInRanges(own, first) ? NODE_RANGE : 0);
      words.push(...valueWords({ family, value: first }), bits);
    }
    return Int32Array.from(words);
  }

  #nodeAddresses(family: Family): Int32Array {
    return Int32Array.from(
      [...this.#state.nodeAddresses()]
        .filter((address) => familyOf(address) === family)
        .flatMap((address) => addressWords(address)),
    );
  }
}

/** Where ranges begin and where they have ended, ascending, from 0 on. */
function bordersOf(family: Family, ranges: readonly AddressRange[]): bigint[] {
  const end = 1n << BigInt(familyBits(family));
  const borders = [0n, ...ranges.flatMap(({ first, last }) => [first, last + 1n])];
  borders.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return borders.filter((border, i) => border < end && border !== borders[i - 1]);
}

function rowOf(verdicts: PortVerdicts): JudgeRow {
  const parts = new Int32Array(verdicts.length * PART_WORDS);
  const reasons = new Set<Reason>();
  for (const [i, { last, verdict, reason }] of verdicts.entries()) {
    const by = !reason.policy ? 'nobody' : reason.rule ? 'rule' : 'isolation';
    parts.set([last, CELL_VERDICT[verdict], DECIDED_BY[by], reason.id], i * PART_WORDS);
    reasons.add(reason);
  }
  return { parts, reasons: [...reasons] };
}
