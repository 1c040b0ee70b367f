import type { FactId } from '../cluster/facts.ts';
import type { Direction, NamedPort, Tier } from '../model/types.ts';
import { getOrMake } from '../values/collections.ts';
import type { Peer } from './decide.ts';
import { type CompiledPolicy, type CompiledRule, compareInTier } from './policies.ts';
import type { Reason } from './verdicts.ts';

/** A local pod as `decide` sees it: the rules that it meets, and the ports that it names. */
export interface Subject {
  readonly rules: Readonly<Record<Direction, SubjectRules>>;
  readonly ports: readonly NamedPort[];
}

/** One direction of the policies that select a subject. */
export interface SubjectRules {
  /** In the order in which they are asked; of NetworkPolicies only those that isolate (S12). */
  readonly tiers: Readonly<Record<Tier, RuleList>>;
  /** Who denies what no NetworkPolicy allows; undefined where none isolates (S4). */
  readonly isolation: Reason | undefined;
}

/** A rule that matches a peer; `sure` is false where that depends on a DNS name that nobody knows yet (S37). */
export interface MatchingRule {
  readonly rule: CompiledRule;
  readonly sure: boolean;
}

/** Rules in order, found by the facts that they ask for: a peer meets few of ten thousand. */
export class RuleList {
  readonly rules: readonly CompiledRule[];
  readonly #everybody: number[] = [];
  readonly #byFact = new Map<FactId, number[]>();
  readonly #byName: number[] = [];

  constructor(rules: readonly CompiledRule[]) {
    this.rules = rules;
    for (const [at, { everybody, peers, domains }] of rules.entries()) {
      if (everybody) this.#everybody.push(at);
      for (const fact of [...peers, ...domains]) getOrMake(this.#byFact, fact, () => []).push(at);
      if (domains.length > 0) this.#byName.push(at);
    }
  }

  /** The rules that match a peer, or may match it, in order. */
  matching(peer: Peer): readonly MatchingRule[] {
    const sure = new Set(this.#everybody);
    for (const fact of peer.facts) for (const at of this.#byFact.get(fact) ?? []) sure.add(at);
    const all = peer.namesKnown ? sure : new Set([...sure, ...this.#byName]);
    const inOrder = [...all].sort((a, b) => a - b);
    return inOrder.map((at) => ({ rule: this.rules[at] as CompiledRule, sure: sure.has(at) }));
  }
}

/** A subject from the policies that select it, in whatever order, and the ports that its pod names. */
export function makeSubject(policies: Iterable<CompiledPolicy>, ports: readonly NamedPort[]): Subject {
  const sorted = [...policies].sort((a, b) => compareInTier(a.policy, b.policy));
  return Object.freeze({
    rules: { ingress: rulesOf(sorted, 'ingress'), egress: rulesOf(sorted, 'egress') },
    ports,
  });
}

function rulesOf(policies: readonly CompiledPolicy[], direction: Direction): SubjectRules {
  const isolating = policies.filter(({ policy }) => policy.isolates[direction]);
  const listOf = (tier: Tier): RuleList => {
    const asked = tier === 'network' ? isolating : policies.filter(({ policy }) => policy.tier === tier);
    return new RuleList(asked.flatMap(({ rules }) => rules[direction]));
  };
  return Object.freeze({
    tiers: { admin: listOf('admin'), network: listOf('network'), baseline: listOf('baseline') },
    isolation: isolating[0]?.isolation,
  });
}
