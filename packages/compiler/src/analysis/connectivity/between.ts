/** What is allowed between two classes of pods, and between one and the world outside. */
import type { AddressRange } from '../../cluster/block-partition.ts';
import type { Direction } from '../../model/types.ts';
import { FAMILIES, type Family } from '../../values/address.ts';
import type { Allowed, AllowedTable } from './allowed.ts';
import type { PeerTable } from './peers.ts';
import { familiesOf, type OwnAddress, type PodClass } from './pod-classes.ts';
import type { Side } from './side.ts';

/**
 * What pods of one class may send to pods of another: on a pair of addresses of one family egress at the source and
 * ingress at the destination must allow it (S1), and a client may choose among the pairs (S43).
 */
export function allowedBetween(source: PodClass, destination: PodClass, sets: AllowedTable): Allowed {
  let allowed = sets.none;
  for (const family of FAMILIES) {
    for (const from of source.addresses[family]) {
      for (const to of destination.addresses[family]) {
        const egress = allowedTo(source.sides.egress, to, sets);
        // S41: what comes from an address of its own node is let in.
        const ingress = isOwnNode(from, destination)
          ? sets.all
          : allowedTo(destination.sides.ingress, from, sets);
        allowed = sets.either(allowed, sets.both(egress, ingress));
      }
    }
  }
  return allowed;
}

function allowedTo({ allowed }: Side, { peer }: OwnAddress, sets: AllowedTable): Allowed {
  return sets.byId(allowed[peer] as number);
}

function isOwnNode({ nodes }: OwnAddress, { node }: PodClass): boolean {
  return nodes.length > 0 && node !== undefined && nodes.includes(node);
}

/** Addresses outside, and what is allowed from or to all of them. */
export interface OutsideRange extends AddressRange {
  readonly family: Family;
  readonly allowed: Allowed;
}

/** The outside as a class meets it in one direction: ranges with something allowed, equal neighbours joined. */
export function allowedOutside(
  pods: PodClass,
  direction: Direction,
  peers: PeerTable,
  sets: AllowedTable,
): readonly OutsideRange[] {
  const side = pods.sides[direction];
  return familiesOf(pods).flatMap((family) => rangesOf(side, family, peers, sets));
}

function rangesOf({ allowed }: Side, family: Family, peers: PeerTable, sets: AllowedTable): OutsideRange[] {
  const joined: { first: bigint; last: bigint; id: number }[] = [];
  for (const { cell, peer } of peers.outside[family]) {
    const id = allowed[peer] as number;
    const before = joined.at(-1);
    if (before?.id === id) before.last = cell.last;
    else joined.push({ first: cell.first, last: cell.last, id });
  }
  return joined.flatMap(({ first, last, id }) =>
    id === sets.none.id ? [] : [Object.freeze({ family, first, last, allowed: sets.byId(id) })],
  );
}
