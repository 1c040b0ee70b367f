import type { FactId, FactTable } from '../cluster/facts.ts';
import type { Action, Direction, PeerMatch, Policy, PortMatch, Rule } from '../model/types.ts';
import { DIRECTIONS } from '../model/types.ts';
import { compareText, frozenList } from '../values/collections.ts';
import { EVERYTHING, type Span } from '../values/ports.ts';
import { unionSpans } from '../values/spans.ts';
import { makeReason, type Reason } from './verdicts.ts';

type NamedPortMatch = Extract<PortMatch, { kind: 'named' }>;

/** A rule with its peers turned into facts. */
export interface CompiledRule {
  readonly action: Action;
  /** Matches every peer (S14). */
  readonly everybody: boolean;
  /** Facts of which one must hold. */
  readonly peers: readonly FactId[];
  /** DNS names, as facts, of which one must hold (S37). */
  readonly domains: readonly FactId[];
  /** Sorted and disjoint. */
  readonly spans: readonly Span[];
  readonly named: readonly NamedPortMatch[];
  readonly reason: Reason;
}

export interface CompiledPolicy {
  readonly policy: Policy;
  readonly rules: Readonly<Record<Direction, readonly CompiledRule[]>>;
  /** The reason for denials by isolation (S4). */
  readonly isolation: Reason;
}

/** Turns a policy's peers into facts. The facts are in use until `releasePolicy`. */
export function compilePolicy(
  policy: Policy,
  facts: FactTable,
  onAdded?: (id: FactId, match: PeerMatch) => void,
): CompiledPolicy {
  const factOf = (match: PeerMatch): FactId => {
    const { id, added } = facts.acquire(match);
    if (added) onAdded?.(id, match);
    return id;
  };
  const compileRule = (rule: Rule): CompiledRule => {
    const peers = rule.peers === 'any' ? [] : rule.peers;
    const { spans, named } = portsOf(rule.ports);
    return Object.freeze({
      action: rule.action,
      everybody: rule.peers === 'any',
      peers: frozenList(peers.filter(({ kind }) => kind !== 'domain').map(factOf)),
      domains: frozenList(peers.filter(({ kind }) => kind === 'domain').map(factOf)),
      spans,
      named,
      reason: makeReason(policy, rule),
    });
  };
  return Object.freeze({
    policy,
    rules: {
      ingress: frozenList(policy.rules.ingress.map(compileRule)),
      egress: frozenList(policy.rules.egress.map(compileRule)),
    },
    isolation: makeReason(policy, undefined),
  });
}

type RulePorts = Pick<CompiledRule, 'spans' | 'named'>;

const EVERY_PORT: RulePorts = Object.freeze({ spans: frozenList([EVERYTHING]), named: frozenList([]) });

/** By the list of ports, which rules that name the same ones may share. */
const PORTS = new WeakMap<readonly PortMatch[], RulePorts>();

function portsOf(ports: Rule['ports']): RulePorts {
  if (ports === 'any') return EVERY_PORT;
  let made = PORTS.get(ports);
  if (!made) {
    made = {
      spans: frozenList(unionSpans(ports.flatMap((port) => (port.kind === 'span' ? [port.span] : [])))),
      named: frozenList(ports.filter((port) => port.kind === 'named')),
    };
    PORTS.set(ports, made);
  }
  return made;
}

/** Takes back the uses of the policy's facts; calls `onRemoved` for each fact that nobody uses any more. */
export function releasePolicy(
  compiled: CompiledPolicy,
  facts: FactTable,
  onRemoved?: (id: FactId, match: PeerMatch) => void,
): void {
  for (const direction of DIRECTIONS)
    for (const rule of compiled.rules[direction])
      for (const id of [...rule.peers, ...rule.domains]) {
        const match = facts.release(id);
        if (match) onRemoved?.(id, match);
      }
}

const KIND_ORDER: Record<Policy['kind'], number> = {
  AdminNetworkPolicy: 0, // S8: before ClusterNetworkPolicy of the same priority
  ClusterNetworkPolicy: 1,
  NetworkPolicy: 2,
  BaselineAdminNetworkPolicy: 3,
};

/** The order in which the policies of one tier are asked: priority, then kind, then name (S3, S5, S6, S8). */
export function compareInTier(a: Policy, b: Policy): number {
  // S5: the BaselineAdminNetworkPolicy comes last in its tier whatever the priorities there.
  const last =
    Number(a.kind === 'BaselineAdminNetworkPolicy') - Number(b.kind === 'BaselineAdminNetworkPolicy');
  return (
    last ||
    a.priority - b.priority ||
    KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}
