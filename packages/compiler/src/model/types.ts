/**
 * The validated model: what policies and cluster objects mean, with Kubernetes' spellings, defaults and API versions
 * gone. Everything behind the validation works on these types only. All of it is frozen data.
 */
import type { Address } from '../values/address.ts';
import type { Cidr } from '../values/cidr.ts';
import type { Protocol, Span } from '../values/ports.ts';

/** Where something was read: 1-based line and column; a live cluster has neither. */
export interface Source {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Direction = 'ingress' | 'egress';

export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** Label values by key. Made without a prototype, so that no key (`__proto__`) is special. */
export type Labels = Readonly<Record<string, string>>;

export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Sorted; empty for Exists and DoesNotExist. */
  readonly values: readonly string[];
}

/** All must hold (S21); the empty selector holds for everything. matchLabels are `In` with one value. */
export type Selector = readonly Requirement[];

/** Pods by namespace AND labels (S16). A namespace by name needs no Namespace object (S17, S20). */
export interface PodMatch {
  readonly kind: 'pods';
  readonly namespaces: { readonly name: string } | { readonly selector: Selector };
  readonly pods: Selector;
}

/** Addresses in `cidr` and in none of `except` (S22). */
export interface BlockMatch {
  readonly kind: 'block';
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
}

/** Addresses in the status of the nodes that the selector picks (S31). */
export interface NodeMatch {
  readonly kind: 'nodes';
  readonly selector: Selector;
}

/** A DNS name in lower case without trailing dot; `*.` in front stands for one or more labels (S37). */
export interface DomainMatch {
  readonly kind: 'domain';
  readonly name: string;
}

export type PeerMatch = PodMatch | BlockMatch | NodeMatch | DomainMatch;

export type PortMatch =
  | { readonly kind: 'span'; readonly span: Span }
  /** By name on the destination pod; `any` takes the protocol that the pod gives it (S25, S34). */
  | { readonly kind: 'named'; readonly name: string; readonly protocol: Protocol | 'any' };

export type Action = 'allow' | 'deny' | 'pass';

export interface Rule {
  readonly action: Action;
  /** The rule's own name where the API has one, as written. */
  readonly name: string | undefined;
  /** Position in its direction's list, from 0. */
  readonly index: number;
  /** Any of these, or everybody (S14). An empty list matches nobody (S33). */
  readonly peers: readonly PeerMatch[] | 'any';
  /** Any of these, or every port and protocol (S14). An empty list matches no port. */
  readonly ports: readonly PortMatch[] | 'any';
  readonly source: Source | undefined;
}

export type PolicyKind =
  | 'AdminNetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'NetworkPolicy'
  | 'BaselineAdminNetworkPolicy';

export type Tier = 'admin' | 'network' | 'baseline';

export interface Policy {
  readonly kind: PolicyKind;
  readonly tier: Tier;
  /** Empty for kinds without namespace. */
  readonly namespace: string;
  readonly name: string;
  /** Ascending within the tier; 0 where the kind has none. */
  readonly priority: number;
  readonly subject: PodMatch;
  /** The directions in which a NetworkPolicy isolates its subjects (S11); both false in the other tiers (S7). */
  readonly isolates: Readonly<Record<Direction, boolean>>;
  readonly rules: Readonly<Record<Direction, readonly Rule[]>>;
  readonly source: Source | undefined;
}

export interface NamedPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

export interface Owner {
  readonly kind: string;
  readonly name: string;
}

export interface Pod {
  readonly kind: 'Pod';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** status.podIPs (S43). */
  readonly addresses: readonly Address[];
  readonly node: string | undefined;
  /** status.hostIPs: addresses of its node (S41). */
  readonly hostAddresses: readonly Address[];
  readonly hostNetwork: boolean;
  /** Phase Succeeded or Failed: the address is no longer its own (S44). */
  readonly finished: boolean;
  readonly ports: readonly NamedPort[];
  /** The controller at the end of the ownerReferences; the pod itself where it has none. */
  readonly owner: Owner;
  readonly source: Source | undefined;
}

export interface Namespace {
  readonly kind: 'Namespace';
  readonly name: string;
  /** With `kubernetes.io/metadata.name` (S20). */
  readonly labels: Labels;
  readonly source: Source | undefined;
}

export interface Node {
  readonly kind: 'Node';
  readonly name: string;
  readonly labels: Labels;
  /** Every address of its status that is an IP. */
  readonly addresses: readonly Address[];
  readonly podCidrs: readonly Cidr[];
  readonly source: Source | undefined;
}

/** Anything the compiler takes as an event. */
export type ModelObject = Policy | Pod | Namespace | Node;
