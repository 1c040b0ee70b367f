import type { Row } from '../ruleset/cells.ts';
import { ANY_POD, type ClassId, FIRST_OUTSIDE, FIRST_POD, NOBODY } from '../ruleset/ir.ts';
import type { Family } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import type { Origin, PeerClass, Profile } from './profiles.ts';
import type { Side } from './sides.ts';

/** A class whose rows are not what they were at the last commit. */
export interface ClassChange {
  readonly peer: PeerClass;
  readonly before: ReadonlyMap<Side, Row>;
  readonly after: ReadonlyMap<Side, Row>;
}

/** A profile whose class is another than before. */
export interface ProfileChange {
  readonly profile: Profile;
  readonly before: PeerClass | undefined;
}

const NO_ROWS: ReadonlyMap<Side, Row> = new Map();

/**
 * Sorts profiles into classes of equal rows. A class keeps its number for as long as it has a profile; when its
 * profiles part, the larger share keeps it. Classes that have become equal stay apart until they are compiled anew:
 * joining them would touch an element for each of their addresses, and change no verdict.
 */
export class ClassTable {
  readonly #byKey = new Map<string, PeerClass>();
  readonly #general = new Map<string, PeerClass>();
  readonly #free: Record<Origin, ClassId[]> = { pod: [], outside: [] };
  #size = 0;
  readonly #next: Record<Origin, ClassId> = { pod: FIRST_POD, outside: FIRST_OUTSIDE };

  constructor() {
    for (const family of [4, 6] as const)
      for (const origin of ['pod', 'outside'] as const) {
        const id = origin === 'pod' ? ANY_POD : NOBODY;
        const key = classKey(family, origin, NO_ROWS);
        const general: PeerClass = { id, family, origin, key, rows: NO_ROWS, profiles: new Set() };
        this.#general.set(key, general);
        this.#byKey.set(key, general);
      }
  }

  /** The class of addresses that nobody has named: all outside addresses without a range of their own. */
  generalOf(family: Family, origin: Origin): PeerClass {
    return this.#general.get(classKey(family, origin, NO_ROWS)) as PeerClass;
  }

  /** How many classes there are besides the general ones. */
  get size(): number {
    return this.#size;
  }

  #isGeneral(peer: PeerClass): boolean {
    return peer.id === NOBODY || peer.id === ANY_POD;
  }

  /**
   * Puts profiles whose rows have changed (or that are new) into classes. Returns the classes whose rows are others
   * now, and all profiles whose class is another.
   */
  classify(changed: ReadonlySet<Profile>): { classes: ClassChange[]; profiles: ProfileChange[] } {
    const fresh: Profile[] = [];
    const byClass = new Map<PeerClass, Profile[]>();
    for (const profile of changed) {
      if (profile.class) getOrMake(byClass, profile.class, () => []).push(profile);
      else fresh.push(profile);
    }
    const classes: ClassChange[] = [];
    const profiles: ProfileChange[] = fresh.map((profile) => ({ profile, before: undefined }));
    for (const [peer, changedHere] of byClass)
      for (const profile of this.#split(peer, changedHere, classes)) profiles.push({ profile, before: peer });
    for (const { profile } of profiles) this.#enter(profile, classes);
    return { classes, profiles };
  }

  /** Takes a profile that nobody has any more out of its class. */
  leave(profile: Profile): ClassChange | undefined {
    const peer = profile.class;
    if (!peer) return undefined;
    peer.profiles.delete(profile);
    profile.class = undefined;
    if (peer.profiles.size > 0 || this.#isGeneral(peer)) return undefined;
    return this.#retire(peer);
  }

  /** Lets the largest group of equal profiles keep the class; returns the others. */
  #split(peer: PeerClass, changed: readonly Profile[], classes: ClassChange[]): Profile[] {
    const groups = new Map<string, Profile[]>();
    for (const profile of changed)
      getOrMake(groups, classKey(peer.family, peer.origin, profile.rows), () => []).push(profile);
    const others = peer.profiles.size - changed.length;
    let stay = peer.key;
    if (!this.#isGeneral(peer)) {
      let most = others > 0 ? Number.POSITIVE_INFINITY : -1;
      for (const [key, profiles] of groups) {
        const population = profiles.reduce((sum, { addresses, ranges }) => sum + addresses.size + ranges, 0);
        if (population <= most) continue;
        most = population;
        stay = key;
      }
    }
    if (stay !== peer.key) this.#rekey(peer, stay, (groups.get(stay) as Profile[])[0] as Profile, classes);
    const leaving = changed.filter((profile) => classKey(peer.family, peer.origin, profile.rows) !== stay);
    for (const profile of leaving) {
      peer.profiles.delete(profile);
      profile.class = undefined;
    }
    return leaving;
  }

  #rekey(peer: PeerClass, key: string, like: Profile, classes: ClassChange[]): void {
    if (this.#byKey.get(peer.key) === peer) this.#byKey.delete(peer.key);
    const before = peer.rows;
    peer.key = key;
    peer.rows = new Map(like.rows);
    if (!this.#byKey.has(key)) this.#byKey.set(key, peer);
    classes.push({ peer, before, after: peer.rows });
  }

  #enter(profile: Profile, classes: ClassChange[]): void {
    const { family, origin } = profile;
    const key = classKey(family, origin, profile.rows);
    const peer = getOrMake(this.#byKey, key, () => {
      const id = this.#free[origin].pop() ?? this.#next[origin]++;
      const made: PeerClass = { id, family, origin, key, rows: new Map(profile.rows), profiles: new Set() };
      classes.push({ peer: made, before: NO_ROWS, after: made.rows });
      this.#size++;
      return made;
    });
    peer.profiles.add(profile);
    profile.class = peer;
  }

  #retire(peer: PeerClass): ClassChange {
    if (this.#byKey.get(peer.key) === peer) this.#byKey.delete(peer.key);
    this.#free[peer.origin].push(peer.id);
    this.#size--;
    return { peer, before: peer.rows, after: NO_ROWS };
  }
}

/** Equal for profiles that every side treats alike. Sides and rows are told apart by number. */
function classKey(family: Family, origin: Origin, rows: ReadonlyMap<Side, Row>): string {
  const parts: string[] = [];
  for (const [side, row] of rows) parts.push(`${side.id}=${row.key}`);
  return `${origin}${family} ${parts.sort().join(' ')}`;
}
