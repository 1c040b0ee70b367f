import type { FactId } from '../cluster/facts.ts';
import { portNamesOfPeers } from '../decision/asked.ts';
import { decide, type Peer } from '../decision/decide.ts';
import type { Subject } from '../decision/subject.ts';
import type { PortVerdicts } from '../decision/verdicts.ts';
import type { Direction } from '../model/types.ts';
import { generalRow, type Row, rowAgainst, rowSize } from '../ruleset/cells.ts';
import type { Address, Family } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import { type Origin, type PeerClass, type Profile, portsKey } from './profiles.ts';

/** The facts of the two peers that stand for many: any pod without traits, and any address that no block names. */
export type GeneralFacts = Readonly<Record<Family, Readonly<Record<Origin, readonly FactId[]>>>>;

/** One direction of the policies that a group of local pods has in common: a column of the decision table. */
export interface Side {
  /** Never used again: 1 and up. */
  readonly id: number;
  readonly direction: Direction;
  readonly subject: Subject;
  /** The facts and port names that its rules ask about; nothing else about a peer makes a difference. */
  readonly facts: ReadonlySet<FactId>;
  readonly portNames: ReadonlySet<string>;
  /** Whether a rule asks for DNS names (S37). */
  readonly asksNames: boolean;
  readonly general: Readonly<Record<Family, Readonly<Record<Origin, Row>>>>;
  /** Answers by what the side can see of a profile. Equal rows are one object. */
  readonly memo: Map<string, Row | undefined>;
  readonly rows: Map<string, Row>;
  /** The classes that are not treated as the general one. */
  readonly classes: Map<PeerClass, Row>;
  /** Elements that `classes` and `general` take per subject address. */
  readonly cost: Record<Family, number>;
  /** Local addresses that the side's elements are in the kernel for. */
  readonly emitted: Set<Address>;
}

let nextSide = 1;

/** The side of a subject in one direction; undefined where no policy has a say there: everything is allowed (S2, S9). */
export function makeSide(direction: Direction, subject: Subject, general: GeneralFacts): Side | undefined {
  const { tiers, isolation } = subject.rules[direction];
  // Behind a NetworkPolicy that isolates nothing is asked any more (S4).
  const asked = isolation ? [tiers.admin, tiers.network] : [tiers.admin, tiers.baseline];
  const rules = asked.flatMap((list) => list.rules);
  if (!isolation && rules.length === 0) return undefined;
  const generalIn = (family: Family): Record<Origin, Row> => ({
    pod: generalRow(decide(direction, subject, peerOf(general[family].pod, []))),
    outside: generalRow(decide(direction, subject, peerOf(general[family].outside, []))),
  });
  const rows: Side['general'] = { 4: generalIn(4), 6: generalIn(6) };
  const costOf = (family: Family): number => rowSize(rows[family].pod) + rowSize(rows[family].outside);
  return {
    id: nextSide++,
    direction,
    subject,
    facts: new Set(rules.flatMap(({ peers, domains }) => [...peers, ...domains])),
    portNames: portNamesOfPeers(direction, rules),
    asksNames: rules.some(({ domains }) => domains.length > 0),
    general: rows,
    memo: new Map(),
    rows: new Map(),
    classes: new Map(),
    cost: { 4: costOf(4), 6: costOf(6) },
    emitted: new Set(),
  };
}

/** A side may remember so many answers beside two for each profile. */
const SPARE_ANSWERS = 64;

/** What a profile means to a side; undefined where that is what the general class means. */
export function rowFor(side: Side, profile: Profile): Row | undefined {
  const facts = profile.facts.filter((fact) => side.facts.has(fact));
  const ports = side.portNames.size === 0 ? [] : profile.ports.filter(({ name }) => side.portNames.has(name));
  const key = `${profile.origin}${profile.family}|${facts.join(',')}|${portsKey(ports)}`;
  if (side.memo.has(key)) return side.memo.get(key);
  const general = side.general[profile.family][profile.origin];
  const made = rowAgainst(general.verdicts, decide(side.direction, side.subject, peerOf(facts, ports)));
  const row = made && getOrMake(side.rows, made.key, () => made);
  side.memo.set(key, row);
  return row;
}

/** Forgets answers for profiles that are gone. Rows of classes are kept, so that equal ones stay one object. */
export function trimMemo(side: Side, profiles: number): void {
  if (side.memo.size <= SPARE_ANSWERS + 2 * profiles) return;
  side.memo.clear();
  side.rows.clear();
  for (const row of side.classes.values()) side.rows.set(row.key, row);
}

/** The verdicts between a side and a class. */
export function verdictsBetween(side: Side, peer: PeerClass): PortVerdicts {
  return (peer.rows.get(side) ?? side.general[peer.family][peer.origin]).verdicts;
}

/** A peer whose DNS names the kernel does not know: domainNames rules leave it unresolved (S37). */
export function peerOf(facts: readonly FactId[], ports: Peer['ports']): Peer {
  return { facts: new Set(facts), ports, namesKnown: false };
}
