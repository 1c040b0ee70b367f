import type { FactId } from '../cluster/facts.ts';
import type { Profile } from './profiles.ts';
import { type GeneralFacts, rowFor, type Side } from './sides.ts';
import type { State } from './state.ts';

/** Brings the rows of all profiles up to date with the sides that came and went; returns the profiles concerned. */
export function updateRows(state: State, general: GeneralFacts): Set<Profile> {
  const changed = state.profiles.takeFresh();
  const before = state.profiles.size - changed.size;
  for (const side of state.subjects.takeDead())
    for (const peer of side.classes.keys())
      for (const profile of peer.profiles) if (profile.rows.delete(side)) changed.add(profile);
  const old = new Set<Profile>();
  const freshSides = state.subjects.takeFresh();
  if (before > 0)
    for (const side of freshSides)
      for (const profile of profilesSeenBy(state, side, general)) {
        if (changed.has(profile) && profile.class === undefined) continue; // new itself: see below
        if (setRow(side, profile)) old.add(profile);
      }
  for (const profile of changed)
    if (profile.class === undefined)
      for (const side of state.subjects.sidesSeeing(profile, general)) setRow(side, profile);
  for (const profile of old) changed.add(profile);
  return changed;
}

function setRow(side: Side, profile: Profile): boolean {
  const row = rowFor(side, profile);
  if (row) profile.rows.set(side, row);
  return row !== undefined;
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
