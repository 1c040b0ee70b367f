/** What DNS names make of an address (S37). */
import type { Pod } from '../model/types.ts';
import { LONGEST_COMMENT } from '../ruleset/provenance.ts';
import { SHAPES } from '../ruleset/shapes.ts';
import { familyOf } from '../values/address.ts';
import { sortFacts } from './address-book.ts';
import type { NamedAddress } from './named-addresses.ts';
import type { PermissionLoss } from './permission-loss.ts';
import { knownClass, type Profile } from './profiles.ts';
import type { State } from './state.ts';

/**
 * Gives addresses that pods were told for names the profiles that those names make; adds profiles that may have lost
 * their last address to `left`, and tells of each address that is something else to its pod now.
 */
export function moveNamed(
  state: State,
  loss: PermissionLoss,
  left: Set<Profile>,
  onMove: (named: NamedAddress) => void,
): void {
  state.named.refresh(
    (one) => profileOfNamed(state, one),
    (one, before) => {
      if (before !== one.profile) onMove(one);
      if (before && before !== one.profile) {
        left.add(before);
        loss.noteNamed(one, before);
      }
      if (!one.profile) state.store.remove(SHAPES[familyOf(one.address)].names, [one.subject, one.address]);
      else if (one.profile.class) putNamed(state, one);
    },
  );
}

/** Puts the class of an address for the pod that was told its names into the kernel's map. */
export function putNamed(state: State, { subject, address, names, profile }: NamedAddress): void {
  if (!profile) return;
  const shape = SHAPES[familyOf(address)].names;
  state.store.put(shape, [subject, address], knownClass(profile), namesText(names));
}

/** All that holds for the address, and for its names; undefined where no policy asks for any of them. */
function profileOfNamed(state: State, { address, names }: NamedAddress): Profile | undefined {
  const ofNames = [...names].flatMap((name) => state.facts.ofName(name));
  const family = familyOf(address);
  const plain = state.addresses.get(address)?.profile ?? state.outside[family].profileOf(address);
  if (ofNames.length === 0 || !plain) return undefined;
  return state.profiles.get(family, plain.origin, sortFacts([...plain.facts, ...ofNames]), plain.ports);
}

/** `namespace/name`. */
export function podName({ namespace, name }: Pod): string {
  return `${namespace}/${name}`;
}

/** As many names as a comment holds, the latest first: who takes over the ruleset learns them from there (`namesIn`). */
function namesText(names: Iterable<string>): string {
  let text = '';
  for (const name of [...names].reverse()) {
    const longer = text === '' ? name : `${text} ${name}`;
    if (longer.length <= LONGEST_COMMENT) text = longer;
  }
  return text;
}

/** The names in a comment, the latest last. */
export function namesIn(text: string): string[] {
  return text
    .split(' ')
    .filter((name) => name !== '')
    .reverse();
}
