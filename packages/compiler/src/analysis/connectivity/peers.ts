/** The other ends as `decide` sees them: addresses with equal facts are one peer. */
import type { BlockCell } from '../../cluster/block-partition.ts';
import type { FactId, FactTable } from '../../cluster/facts.ts';
import { portsKey } from '../../compiler/profiles.ts';
import type { NamedPort } from '../../model/types.ts';
import { FAMILIES, type Family } from '../../values/address.ts';
import { getOrMake } from '../../values/collections.ts';

export type PeerId = number;

/** A pod's address, or the addresses of one cell of the address space that are no pod's and no node's. */
export type Origin = 'pod' | 'outside';

const ORIGINS: readonly Origin[] = ['pod', 'outside'];

/** Addresses about which policies can know nothing that tells them apart. */
export interface ListedPeer {
  readonly id: PeerId;
  readonly origin: Origin;
  readonly family: Family;
  /** Ascending. */
  readonly facts: readonly FactId[];
  /** Named ports of the pod (S25). */
  readonly ports: readonly NamedPort[];
}

/** Peers of one origin and family, and what all of them have in common. */
export interface PeerGroup {
  readonly origin: Origin;
  readonly family: Family;
  readonly peers: readonly ListedPeer[];
  readonly common: ReadonlySet<FactId>;
}

/** A cell of the address space, and the peer that its addresses are. */
export interface OutsideCell {
  readonly cell: BlockCell;
  readonly peer: PeerId;
}

/** All peers of one analysis. Complete before the first side is asked about them. */
export class PeerTable {
  readonly peers: ListedPeer[] = [];
  readonly outside: Readonly<Record<Family, readonly OutsideCell[]>>;
  readonly #byKey = new Map<string, ListedPeer>();
  readonly #byFact = new Map<FactId, PeerId[]>();
  readonly #byPortName = new Map<string, PeerId[]>();
  #groups: readonly PeerGroup[] | undefined;

  constructor(facts: FactTable) {
    const cellsOf = (family: Family): readonly OutsideCell[] =>
      facts.partition(family).cells.map((cell) => ({
        cell,
        peer: this.get('outside', family, cell.facts, []).id,
      }));
    this.outside = { 4: cellsOf(4), 6: cellsOf(6) };
  }

  /** The peer that holds these facts (ascending) and named ports. */
  get(origin: Origin, family: Family, facts: readonly FactId[], ports: readonly NamedPort[]): ListedPeer {
    const key = `${origin}${family}|${facts.join(',')}|${portsKey(ports)}`;
    return getOrMake(this.#byKey, key, () => {
      const peer = Object.freeze({ id: this.peers.length, origin, family, facts, ports });
      this.peers.push(peer);
      for (const fact of facts) getOrMake(this.#byFact, fact, () => []).push(peer.id);
      for (const name of new Set(ports.map((port) => port.name))) {
        getOrMake(this.#byPortName, name, () => []).push(peer.id);
      }
      return peer;
    });
  }

  /** Peers that hold a fact, without those whose whole group holds it. */
  toldApartBy(fact: FactId): readonly PeerId[] {
    const usual = this.groups().filter(({ common }) => common.has(fact));
    const holding = this.#byFact.get(fact) ?? [];
    if (usual.length === 0) return holding;
    return holding.filter((id) => {
      const { origin, family } = this.peers[id] as ListedPeer;
      return !usual.some((group) => group.origin === origin && group.family === family);
    });
  }

  withPortName(name: string): readonly PeerId[] {
    return this.#byPortName.get(name) ?? [];
  }

  groups(): readonly PeerGroup[] {
    this.#groups ??= ORIGINS.flatMap((origin) =>
      FAMILIES.map((family) => {
        const peers = this.peers.filter((peer) => peer.origin === origin && peer.family === family);
        return { origin, family, peers, common: inCommon(peers) };
      }),
    );
    return this.#groups;
  }
}

function inCommon(peers: readonly ListedPeer[]): ReadonlySet<FactId> {
  const [first, ...others] = peers;
  let common = new Set(first?.facts);
  for (const { facts } of others) {
    if (common.size === 0) break;
    common = common.intersection(new Set(facts));
  }
  return common;
}
