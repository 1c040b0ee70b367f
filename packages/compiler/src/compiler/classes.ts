import type { Row } from '../ruleset/cells.ts';
import { ANY_POD, type ClassId, FIRST_OUTSIDE, FIRST_POD, NOBODY } from '../ruleset/ir.ts';
import type { Family } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import type { Origin, PeerClass, Profile } from './profiles.ts';
import type { Side } from './sides.ts';

/** A profile whose class is another than before. */
export interface ProfileMove {
  readonly profile: Profile;
  readonly before: PeerClass | undefined;
}

/** Is told of every row that a class gains or loses while its side is alive. */
export interface RowSink {
  addRow(peer: PeerClass, side: Side, row: Row): void;
  removeRow(peer: PeerClass, side: Side, row: Row): void;
}

type Rows = ReadonlyMap<Side, Row>;

const NO_ROWS: Rows = new Map();

const FIRST: Readonly<Record<Origin, ClassId>> = { pod: FIRST_POD, outside: FIRST_OUTSIDE };

/**
 * Sorts profiles into classes of equal rows. A class keeps its number for as long as it has a profile; when its
 * profiles part, the larger share keeps it. Classes that have become equal stay apart until they are compiled anew:
 * joining them would touch an element for each of their addresses, and change no verdict.
 */
export class ClassTable {
  readonly #sink: RowSink;
  readonly #byKey = new Map<string, PeerClass>();
  readonly #general: Readonly<Record<Family, Readonly<Record<Origin, PeerClass>>>>;
  readonly #free: Record<Origin, ClassId[]> = { pod: [], outside: [] };
  readonly #next: Record<Origin, ClassId> = { ...FIRST };
  #moves: ProfileMove[] = [];
  #size = 0;

  constructor(sink: RowSink) {
    this.#sink = sink;
    const general = (family: Family): Record<Origin, PeerClass> => ({
      pod: makeClass(ANY_POD, family, 'pod', NO_ROWS),
      outside: makeClass(NOBODY, family, 'outside', NO_ROWS),
    });
    this.#general = { 4: general(4), 6: general(6) };
  }

  /** How many classes there are besides the general ones. */
  get size(): number {
    return this.#size;
  }

  /** Puts a new profile into the class that has its rows. */
  enter(profile: Profile, rows: Rows): void {
    this.#move(profile, undefined, this.#classWith(profile.family, profile.origin, rows));
  }

  /** Takes a profile that nobody has any more out of its class. */
  leave(profile: Profile): void {
    const peer = profile.class;
    if (!peer) return;
    peer.profiles.delete(profile);
    profile.class = undefined;
    this.#retireIfEmpty(peer);
  }

  /** Gives profiles the rows that a new side has for them; those not named mean to it what their general class means. */
  addSide(side: Side, rows: Iterable<readonly [Profile, Row]>): void {
    const byClass = new Map<PeerClass, Map<Row, Profile[]>>();
    for (const [profile, row] of rows) {
      const groups = getOrMake(byClass, profile.class as PeerClass, () => new Map<Row, Profile[]>());
      getOrMake(groups, row, () => []).push(profile);
    }
    for (const [peer, groups] of byClass) this.#split(peer, side, groups);
  }

  /** Forgets a side that nobody has any more, and whose elements are gone. */
  removeSide(side: Side): void {
    for (const peer of side.classes.keys()) {
      this.#unfile(peer);
      peer.rows.delete(side);
      this.#file(peer);
    }
    side.classes.clear();
  }

  /** Gives the classes of these profiles other numbers. Whoever has written the old ones down must do likewise. */
  renumber(profiles: Iterable<Profile>, numbers: ReadonlyMap<ClassId, ClassId>): void {
    const classes = new Set<PeerClass>();
    for (const { class: peer } of profiles) if (peer && !isGeneral(peer)) classes.add(peer);
    const taken = new Set<ClassId>();
    for (const peer of classes) {
      peer.id = numbers.get(peer.id) ?? peer.id;
      taken.add(peer.id);
    }
    for (const origin of ['pod', 'outside'] as const) {
      this.#free[origin] = [];
      let next = FIRST[origin];
      for (let left = [...classes].filter((peer) => peer.origin === origin).length; left > 0; next++)
        if (taken.has(next)) left--;
        else this.#free[origin].push(next);
      this.#next[origin] = next;
    }
  }

  /** The profiles that have changed their class since the last call. */
  takeMoves(): ProfileMove[] {
    const moves = this.#moves;
    this.#moves = [];
    return moves;
  }

  /** The groups of a class get their rows: the largest part of it stays, the others leave. */
  #split(peer: PeerClass, side: Side, groups: ReadonlyMap<Row, readonly Profile[]>): void {
    const named = new Set<Profile>();
    let largest: Row | undefined;
    for (const [row, profiles] of groups) {
      for (const profile of profiles) named.add(profile);
      if (largest === undefined || profiles.length > (groups.get(largest)?.length ?? 0)) largest = row;
    }
    const others = peer.profiles.size - named.size;
    const staying =
      isGeneral(peer) || others >= (groups.get(largest as Row)?.length ?? 0) ? undefined : largest;
    for (const [row, profiles] of groups) {
      if (row === staying) continue;
      const target = this.#classWith(peer.family, peer.origin, new Map(peer.rows).set(side, row));
      for (const profile of profiles) this.#move(profile, peer, target);
    }
    if (staying === undefined) {
      this.#retireIfEmpty(peer);
      return;
    }
    if (others > 0) {
      const target = this.#classWith(peer.family, peer.origin, peer.rows, peer);
      for (const profile of [...peer.profiles]) if (!named.has(profile)) this.#move(profile, peer, target);
    }
    this.#unfile(peer);
    peer.rows.set(side, staying);
    this.#file(peer);
    this.#sink.addRow(peer, side, staying);
  }

  #move(profile: Profile, before: PeerClass | undefined, after: PeerClass): void {
    before?.profiles.delete(profile);
    after.profiles.add(profile);
    profile.class = after;
    this.#moves.push({ profile, before });
  }

  /** The class with these rows, another than `except`; made where there is none. */
  #classWith(family: Family, origin: Origin, rows: Rows, except?: PeerClass): PeerClass {
    if (rows.size === 0) return this.#general[family][origin];
    const key = classKey(family, origin, rows);
    const known = this.#byKey.get(key);
    if (known && known !== except) return known;
    const id = this.#free[origin].pop() ?? this.#next[origin]++;
    const made = makeClass(id, family, origin, rows);
    made.key = key;
    this.#size++;
    if (!known) this.#byKey.set(key, made);
    for (const [side, row] of rows) this.#sink.addRow(made, side, row);
    return made;
  }

  #retireIfEmpty(peer: PeerClass): void {
    if (peer.profiles.size > 0 || isGeneral(peer)) return;
    this.#unfile(peer);
    this.#free[peer.origin].push(peer.id);
    this.#size--;
    for (const [side, row] of peer.rows) this.#sink.removeRow(peer, side, row);
  }

  #unfile(peer: PeerClass): void {
    if (this.#byKey.get(peer.key) === peer) this.#byKey.delete(peer.key);
  }

  #file(peer: PeerClass): void {
    peer.key = classKey(peer.family, peer.origin, peer.rows);
    // A class that has lost its last row is like the general one: nobody need find it.
    if (peer.rows.size > 0 && !this.#byKey.has(peer.key)) this.#byKey.set(peer.key, peer);
  }
}

function makeClass(id: ClassId, family: Family, origin: Origin, rows: Rows): PeerClass {
  return { id, family, origin, key: '', rows: new Map(rows), profiles: new Set() };
}

function isGeneral({ id }: PeerClass): boolean {
  return id === NOBODY || id === ANY_POD;
}

/** Equal for profiles that every side treats alike. */
function classKey(family: Family, origin: Origin, rows: Rows): string {
  const parts: number[] = [];
  for (const row of rows.values()) parts.push(row.id);
  return `${origin}${family} ${parts.sort((a, b) => a - b).join(' ')}`;
}
