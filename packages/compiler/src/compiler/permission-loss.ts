import { isInRanges } from '../cluster/block-partition.ts';
import { losesPermission } from '../ruleset/cells.ts';
import { type Address, addressValue, familyOf } from '../values/address.ts';
import { getOrMake } from '../values/collections.ts';
import type { AddressRecord } from './address-record.ts';
import type { NamedAddress } from './named-addresses.ts';
import type { PeerClass, Profile } from './profiles.ts';
import { type Side, verdictsBetween } from './sides.ts';
import type { State } from './state.ts';

/**
 * Finds out whether a commit takes a permission away from a connection that may exist (S47). It may say yes too
 * often, never too seldom.
 */
export class PermissionLoss {
  readonly #state: State;
  readonly #first: boolean;
  readonly #moves: { readonly record: AddressRecord; readonly before: PeerClass | undefined }[] = [];
  readonly #named: { readonly named: NamedAddress; readonly before: PeerClass }[] = [];
  readonly #compared = new Map<PeerClass, Map<PeerClass, boolean>>();
  #found = false;

  /** `first`: there is no commit before this one, so there is nothing to lose. */
  constructor(state: State, first: boolean) {
    this.#state = state;
    this.#first = first;
  }

  get found(): boolean {
    return this.#found;
  }

  /** A subject meets policies that it did not meet before. */
  noteSide(): void {
    this.#found ||= !this.#first;
  }

  /** All addresses of a profile went from one class to another. */
  noteClass(profile: Profile, before: PeerClass | undefined): void {
    if (before && profile.class) this.#compare(before, profile.class);
  }

  /** An address went from one profile to another; compared once all classes are known. */
  noteMove(record: AddressRecord, before: Profile | undefined): void {
    if (!this.#first && !this.#found) this.#moves.push({ record, before: before?.class });
  }

  /** Policies see an address otherwise than before, for the pod that was told its names. */
  noteNamed(named: NamedAddress, before: Profile | undefined): void {
    if (!this.#first && before?.class) this.#named.push({ named, before: before.class });
  }

  settleMoves(): void {
    for (const { named, before } of this.#named)
      if (named.profile?.class) this.#compare(before, named.profile.class);
    for (const { record, before } of this.#moves) {
      if (this.#found) return;
      const { address } = record;
      const after = record.profile?.class;
      const outside = this.#state.outside[familyOf(address)];
      // Whoever had an address of the pods' CIDRs has lost it (S44): it is nobody's now.
      if (before && !after && this.#isPodCidr(address)) {
        this.#found = this.#allowsAnything(before);
        continue;
      }
      if (!before && this.#isPodCidr(address) && !this.#mayBeStamped(address)) continue;
      const from = before ?? outside.classOf(address);
      const to = after ?? outside.classOf(address);
      if (from && to) this.#compare(from, to);
    }
  }

  /**
   * Connections of an unknown address are judged as an outside address's, and bear no stamp, so that nothing is lost
   * when its pod appears; except those of queued subjects, which are stamped before they are judged, and those that the
   * kernel judged because it had learned the address.
   */
  #mayBeStamped(address: Address): boolean {
    return this.#state.emitter.queuedCount > 0 || this.#state.learned.has(address);
  }

  #isPodCidr(address: Address): boolean {
    return isInRanges(this.#state.podRanges(familyOf(address)), addressValue(address));
  }

  #allowsAnything(peer: PeerClass): boolean {
    for (const side of this.#state.subjects.sides())
      if (verdictsBetween(side, peer).some(({ verdict }) => verdict !== 'deny')) return true;
    return false;
  }

  #compare(from: PeerClass, to: PeerClass): void {
    if (this.#first || this.#found || from === to) return;
    const compared = getOrMake(this.#compared, from, () => new Map<PeerClass, boolean>());
    this.#found = getOrMake(compared, to, () => this.#loses(from, to));
  }

  #loses(from: PeerClass, to: PeerClass): boolean {
    // Between classes of one kind only sides that treat one of them specially can differ.
    const sides: Iterable<Side> =
      from.origin === to.origin
        ? new Set([...from.rows.keys(), ...to.rows.keys()])
        : this.#state.subjects.sides();
    for (const side of sides)
      if (losesPermission(verdictsBetween(side, from), verdictsBetween(side, to))) return true;
    return false;
  }
}
