/** What the rules of all policy kinds share. */
import type { Action, PeerMatch, PortMatch, Rule, Source } from '../model/types.ts';
import { frozenList } from '../values/collections.ts';
import { SharePool } from '../values/share-pool.ts';
import type { Shape, State } from './shape.ts';
import { worst } from './shape.ts';

/** One peer or port as read; several matches for a list of CIDRs or names, none unless its state is fine. */
export type Part<T> = Shape<readonly T[]>;

export const BROKEN: Part<never> = Object.freeze({ value: Object.freeze([]), state: 'broken' });
export const UNKNOWN: Part<never> = Object.freeze({ value: Object.freeze([]), state: 'unknown' });

export function fine<T>(...value: readonly T[]): Part<T> {
  return { value, state: 'fine' };
}

export function joinParts<T>(parts: readonly Part<T>[]): Part<T> {
  return {
    value: frozenList(parts.flatMap((part) => part.value)),
    state: parts.reduce<State>((state, part) => worst(state, part.state), 'fine'),
  };
}

export interface RuleParts {
  /** Undefined when it could not be read. */
  readonly action: Action | undefined;
  readonly name: string | undefined;
  readonly index: number;
  readonly peers: Part<PeerMatch> | 'any';
  readonly ports: Part<PortMatch> | 'any';
  /** Of the rule itself, apart from its peers and ports. */
  readonly state: State;
  readonly source: Source | undefined;
}

/**
 * The rule, or what is left of it where a part was not understood (S33): an allow rule then matches nothing, every
 * other one denies everything. So a policy with a broken rule never widens access either (S50).
 */
export function makeRule(parts: RuleParts): Rule {
  const { name, index, source, peers, ports } = parts;
  const state = worst(
    parts.state,
    worst(peers === 'any' ? 'fine' : peers.state, ports === 'any' ? 'fine' : ports.state),
  );
  if (state === 'fine' && parts.action) {
    return Object.freeze({
      action: parts.action,
      name,
      index,
      peers: peers === 'any' ? peers : peers.value,
      ports: ports === 'any' ? ports : sharedPorts(ports.value),
      source,
    });
  }
  return parts.action === 'allow'
    ? Object.freeze({ action: 'allow', name, index, peers: Object.freeze([]), ports: 'any', source })
    : Object.freeze({ action: 'deny', name, index, peers: 'any', ports: 'any', source });
}

/** Rules of many policies name the same few ports. */
const PORTS = new SharePool<readonly PortMatch[]>(10_000);

function sharedPorts(ports: readonly PortMatch[]): readonly PortMatch[] {
  return PORTS.get(JSON.stringify(ports), () => ports);
}
