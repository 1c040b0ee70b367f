import type { FactId } from '../cluster/facts.ts';
import type { Row } from '../ruleset/cells.ts';
import type { Profile } from './profiles.ts';
import { type GeneralFacts, rowFor, type Side, trimMemo } from './sides.ts';
import type { State } from './state.ts';

/** Brings classes up to date with the profiles and sides that came and went. */
export function updateRows(state: State, general: GeneralFacts): void {
  const { profiles, subjects, classes } = state;
  const fresh = profiles.takeFresh();
  for (const side of subjects.takeDead()) classes.removeSide(side);
  const freshSides = subjects.takeFresh();
  if (fresh.size < profiles.size)
    for (const side of freshSides) classes.addSide(side, rowsOf(side, profilesSeenBy(state, side, general)));
  for (const profile of fresh) {
    const rows = new Map<Side, Row>();
    for (const side of subjects.sidesSeeing(profile, general)) {
      const row = rowFor(side, profile);
      if (row) rows.set(side, row);
    }
    classes.enter(profile, rows);
  }
  // Most commits ask nothing new: they do not look at all sides.
  if (fresh.size > 0) for (const side of subjects.sides()) trimMemo(side, profiles.size);
}

function* rowsOf(side: Side, profiles: Iterable<Profile>): Iterable<[Profile, Row]> {
  for (const profile of profiles) {
    if (profile.class === undefined) continue; // new itself: it enters with all its rows
    const row = rowFor(side, profile);
    if (row) yield [profile, row];
  }
}

/** Profiles that a side can tell from the general one of their kind: the converse of `sidesSeeing`. */
function profilesSeenBy(state: State, side: Side, general: GeneralFacts): Set<Profile> {
  const seen = new Set<Profile>();
  for (const name of side.portNames)
    for (const profile of state.profiles.withPortName(name)) seen.add(profile);
  for (const fact of side.facts) {
    const holders = state.profiles.withFact(fact);
    for (const profile of holders)
      if (!general[profile.family][profile.origin].includes(fact)) seen.add(profile);
    if (isGeneral(fact, general) && holders.size < state.profiles.size)
      for (const profile of state.profiles.all())
        if (general[profile.family][profile.origin].includes(fact) && !holders.has(profile))
          seen.add(profile);
  }
  return seen;
}

function isGeneral(fact: FactId, general: GeneralFacts): boolean {
  return [general[4], general[6]].some(({ pod, outside }) => pod.includes(fact) || outside.includes(fact));
}
