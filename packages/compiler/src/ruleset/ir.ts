/**
 * The ruleset as data: sets and maps with elements, chains with rules, and where each element comes from. Exactly the
 * vocabulary that the program of chains needs; printed by nft/print.ts, run by simulate.ts, compared by diff.ts.
 */

import type { AddressRange } from '../cluster/block-partition.ts';
import type { Reason } from '../decision/verdicts.ts';
import type { Address, Family } from '../values/address.ts';

/**
 * What travels in the packet's priority field during judgement, as nft's `major:minor` (16 bits each).
 * 0:1–0:3 are verdicts, 1:0 and up classes of addresses that are no pod's, 100:0 and up classes of pods.
 */
export type ClassId = number;

/** Nobody we know: the class of an address that no set names. */
export const NOBODY: ClassId = 0x1_0000;
/** Any pod: where a pod's own class has no cell, this one's answers. */
export const ANY_POD: ClassId = 0x1_0001;
/** The first class of addresses outside, and of pods. */
export const FIRST_OUTSIDE: ClassId = 0x1_0002;
export const FIRST_POD: ClassId = 0x100_0000;
/** An outside address that is known and yet like nobody: in `peers`, NOBODY would let the ranges answer for it. */
export const KNOWN_OUTSIDE: ClassId = FIRST_POD - 1;

/** Whether a class has the same number in every ruleset. */
export function isFixedClass(id: ClassId): boolean {
  return id < FIRST_OUTSIDE || id === KNOWN_OUTSIDE;
}

/** Verdicts as they stand in the cells. */
export const CELL_VERDICT = Object.freeze({ allow: 0x0001, deny: 0x0002, unresolved: 0x0003 });
export type CellVerdict = (typeof CELL_VERDICT)[keyof typeof CELL_VERDICT];

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A field of a set's key. `protocol` is the IP protocol number. */
export type FieldType = 'class' | 'address' | 'protocol' | 'port';

/** What an element holds for a field: an address or a range of them, a number, or a range of ports. */
export type KeyPart = Address | AddressRange | number | PortRange;

export interface Element {
  readonly key: readonly KeyPart[];
  /** Class or verdict; undefined in sets. */
  readonly value: number | undefined;
  /** The rule that the element carries out; a comment where it was read back from the kernel. */
  readonly reason: Reason | string | undefined;
}

export interface SetShape {
  readonly name: string;
  readonly family: Family;
  readonly fields: readonly FieldType[];
  /** What a map yields; undefined for sets. */
  readonly value: 'class' | 'verdict' | undefined;
  /** Whether keys are ranges. */
  readonly interval: boolean;
  /** Whether elements come from the judge and go by themselves: no ruleset says which there are. */
  readonly timed: boolean;
}

/** How long a learned address counts as an outside one, seconds: short, because a pod may appear there. */
export const LEARNED_SECONDS = 20;

/** A week: no answer to a DNS question is good for longer. */
export const LONGEST_TTL = 604_800;

export interface RulesetSet {
  readonly shape: SetShape;
  /** By `elementKey`. Empty only where rules look into the set in any case (`setsBeside`): others are not emitted then. */
  readonly elements: ReadonlyMap<string, Element>;
}

/** Where a rule reads a value of a key from. */
export type KeyField = 'priority' | 'saddr' | 'daddr' | 'l4proto' | 'sport' | 'dport';

export type Match =
  | { readonly kind: 'family'; readonly family: Family }
  | {
      readonly kind: 'in';
      readonly family: Family;
      readonly fields: readonly KeyField[];
      readonly set: string;
    }
  | {
      readonly kind: 'not-in';
      readonly family: Family;
      readonly fields: readonly KeyField[];
      readonly set: string;
    }
  | { readonly kind: 'priority'; readonly op: '==' | '>=' | '<'; readonly value: number }
  | { readonly kind: 'l4proto'; readonly protocols: readonly number[] }
  /** A port of TCP or UDP; with `l4proto` before it, since other protocols have other bytes there. */
  | { readonly kind: 'port'; readonly field: 'sport' | 'dport'; readonly port: number }
  | { readonly kind: 'icmp6-type'; readonly first: number; readonly last: number }
  | { readonly kind: 'ct-state'; readonly state: 'new' | 'established' | 'related' | 'untracked' }
  /** The first packet of its connection is still on its way through the hooks. */
  | { readonly kind: 'ct-unconfirmed' }
  | { readonly kind: 'ct-direction'; readonly direction: 'original' | 'reply' }
  | { readonly kind: 'ct-mark'; readonly mask: number; readonly value: number }
  /** All of these bits of the packet mark are set. */
  | { readonly kind: 'packet-mark'; readonly bits: number }
  | { readonly kind: 'in-interface'; readonly name: string }
  /** A socket of this node sends the packet. */
  | { readonly kind: 'local-socket' }
  /** The source address is one of this node's. */
  | { readonly kind: 'local-source' };

export type Statement =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'counter' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'set-priority'; readonly value: number }
  /** Priority from a map; where the map has no such key the rule ends without effect. */
  | {
      readonly kind: 'map-priority';
      readonly family: Family;
      readonly fields: readonly KeyField[];
      readonly map: string;
    }
  /** Priority as routing had left it: from the TOS bits for IPv4, zero for IPv6. */
  | { readonly kind: 'restore-priority'; readonly family: Family }
  /** Clears the bits of `mask` in the conntrack mark. */
  | { readonly kind: 'unstamp'; readonly mask: number }
  /** Writes `value` into the bits of `mask` of the conntrack mark. */
  | { readonly kind: 'stamp'; readonly mask: number; readonly value: number }
  | { readonly kind: 'queue'; readonly queues: QueueRange; readonly bypass: boolean }
  /** Beyond the rate the rule ends without effect. */
  | { readonly kind: 'limit'; readonly rate: Rate }
  /** Tells the listener of an NFLOG group of the packet; `prefix` is a word of ours. */
  | { readonly kind: 'log'; readonly prefix: string; readonly group: number }
  /** Sets bits of the packet mark, for an xtables rule behind us to see. */
  | { readonly kind: 'mark'; readonly bits: number };

/** So many times per unit. */
export interface Rate {
  readonly count: number;
  readonly per: 'second' | 'minute' | 'hour' | 'day';
}

/** Queue numbers, both ends included. */
export interface QueueRange {
  readonly first: number;
  readonly last: number;
}

export interface ChainRule {
  readonly matches: readonly Match[];
  readonly statements: readonly Statement[];
}

export interface Hook {
  readonly hook: 'forward' | 'input' | 'output';
  /** As the kernel counts: smaller comes first. */
  readonly priority: number;
}

export interface Chain {
  readonly name: string;
  /** Present on base chains. */
  readonly hook: Hook | undefined;
  readonly rules: readonly ChainRule[];
}

export interface Ruleset {
  /** 1 … the largest value that the mark mask holds. */
  readonly generation: number;
  readonly sets: ReadonlyMap<string, RulesetSet>;
  /** In an order in which every chain stands before those that jump to it. */
  readonly chains: readonly Chain[];
}

/** Identifies an element within its set. */
export function elementKey(key: readonly KeyPart[]): string {
  // Most elements are one address: its text serves as it is.
  if (key.length === 1 && typeof key[0] === 'string') return key[0];
  return key.map((part) => (typeof part === 'object' ? `${part.first}-${part.last}` : part)).join(' ');
}
