/**
 * What a judge in another process needs to know of a cluster, as numbers. An address is one signed 32-bit word (IPv4) or
 * four (IPv6), in network order. Numbers of profiles and sides begin at 1 and are never used again, so what a profile
 * means to a side never changes.
 */

import type { Reason } from '../decision/verdicts.ts';
import type { Family } from '../values/address.ts';

/** What has changed in one family; lists that are absent have not. */
export interface FamilyDelta {
  /** For each address: its words, then its profile; 0 where it is nobody's any more. */
  readonly addresses: Int32Array;
  /** All local pods' addresses that policies concern: words, ingress side, egress side (0: no policy has a say), QUEUED_* and DNS_CLIENT bits. */
  readonly subjects?: Int32Array;
  /** The whole address space as ascending ranges: words of the first address, profile of the outside addresses in it. */
  readonly outside?: Int32Array;
  /** Likewise: words of the first address, then POD_RANGE and NODE_RANGE bits. All zero while there are no policies. */
  readonly podRanges?: Int32Array;
  /** All addresses of the node itself (S41): words. */
  readonly nodeAddresses?: Int32Array;
  /** For each address that a local pod was told for DNS names (S37): words of the pod, words of the address, profile of it for the pod; 0 where it is nothing else to it any more. */
  readonly names?: Int32Array;
}

/** In `subjects`: the kernel leaves all connections of this direction to the judge. */
export const QUEUED_INGRESS = 1;
export const QUEUED_EGRESS = 2;
/** In `subjects`: the judge follows what the pod asks resolvers (S37). */
export const DNS_CLIENT = 4;

/** In `podRanges`: addresses of the cluster's pods, and of this node's pods. */
export const POD_RANGE = 1;
export const NODE_RANGE = 2;

/** What one or more commits have changed. Taking one twice, or one that is older than what a judge knows already, does no harm as long as the newest comes last. */
export interface JudgeDelta {
  /** Everything there is: what was known before is to be forgotten. */
  readonly whole: boolean;
  /** The stamp of judged connections, and the bits of the conntrack mark that hold it. */
  readonly stamp: number;
  readonly stampMask: number;
  readonly families: Readonly<Record<Family, FamilyDelta>>;
  /** All DNS names that policies ask for, as they write them; absent where that has not changed. */
  readonly domains?: readonly string[];
}

/** How a part of a row came about. */
export const DECIDED_BY = Object.freeze({ nobody: 0, rule: 1, isolation: 2 });

/** What a profile means to a side: verdicts for all ports and protocols. */
export interface JudgeRow {
  /** For each part of the port axis: its last point, its verdict (CELL_VERDICT), DECIDED_BY, the id of its reason. */
  readonly parts: Int32Array;
  readonly reasons: readonly Reason[];
}

/** Numbers for each part of a row. */
export const PART_WORDS = 4;
