import type { FactId } from '../../cluster/facts.ts';
import type { ProfileTable } from '../../compiler/profiles.ts';
import type { CompiledPolicy, CompiledRule } from '../../decision/policies.ts';
import { compareInTier } from '../../decision/policies.ts';
import { makeSubject, RuleList, type Subject, type SubjectRules } from '../../decision/subject.ts';
import { DIRECTIONS, type NamedPort, type PodMatch, type Tier } from '../../model/types.ts';
import type { Population } from './population.ts';

/** The place of each rule of a NetworkPolicy, by the number of its reason. */
export type Order = ReadonlyMap<number, number>;

/**
 * Rules of NetworkPolicies add up, in whatever order they are asked (S4). Asked with the broadest first, a rule decides
 * only what broader ones leave to it; so one that decides nothing could be missing, and so could all of them at once.
 */
export function broadestFirst(population: Population): Order {
  const policies = population.compiled.filter(({ policy }) => policy.tier === 'network');
  const rules = [...policies]
    .sort((a, b) => compareInTier(a.policy, b.policy))
    .flatMap(({ rules: own }) => DIRECTIONS.flatMap((direction) => own[direction]))
    .map((rule) => ({ id: rule.reason.id, breadth: breadthOf(rule, population) }));
  // The sort is stable: of two that are equally broad the usual order decides.
  rules.sort((a, b) => compareBreadth(a.breadth, b.breadth));
  return new Map(rules.map(({ id }, place) => [id, place]));
}

/**
 * What makes a rule broad, most telling first; the larger the broader. A rule that covers another one is in nothing
 * less than it.
 */
function breadthOf(rule: CompiledRule, population: Population): readonly number[] {
  const { everybody, peers, spans, named } = rule;
  const { profiles } = population;
  const points = spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const matched = everybody ? profiles.size : countWith(peers, profiles);
  const demands = peers.map((fact) => demandsOf(fact, population));
  return [points, matched, named.length, demands.length === 0 ? 0 : -Math.min(...demands)];
}

/** How many profiles hold one of the facts. */
function countWith(facts: readonly FactId[], profiles: ProfileTable): number {
  const [first, ...others] = facts.map((fact) => profiles.withFact(fact));
  if (!first || others.length === 0) return first?.size ?? 0;
  const all = new Set(first);
  for (const more of others) for (const profile of more) all.add(profile);
  return all.size;
}

function demandsOf(fact: FactId, { matches }: Population): number {
  const match = matches.get(fact);
  return match?.kind === 'pods' ? namespaceDemands(match) + match.pods.length : 0;
}

function namespaceDemands({ namespaces }: PodMatch): number {
  return 'name' in namespaces ? 1 : namespaces.selector.length;
}

function compareBreadth(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (b[at] as number) - (a[at] as number);
}

/** A subject whose NetworkPolicy rules are asked in another order: with the same verdicts, and other reasons. */
export function subjectIn(
  order: Order,
  policies: Iterable<CompiledPolicy>,
  ports: readonly NamedPort[],
): Subject {
  const { rules } = makeSubject(policies, ports);
  return { rules: { ingress: reorder(rules.ingress, order), egress: reorder(rules.egress, order) }, ports };
}

function reorder({ tiers, isolation }: SubjectRules, order: Order): SubjectRules {
  const placeOf = ({ reason }: CompiledRule): number => order.get(reason.id) ?? order.size;
  const network = [...tiers.network.rules].sort((a, b) => placeOf(a) - placeOf(b));
  return { tiers: { ...tiers, network: new RuleList(network) }, isolation };
}

/** The policies with the rules of a tier denying that pass: so it is seen what they take away from later ones. */
export function withDenyingPasses(policies: readonly CompiledPolicy[], tier: Tier): CompiledPolicy[] {
  const deny = (rule: CompiledRule): CompiledRule =>
    rule.action === 'pass' ? { ...rule, action: 'deny' } : rule;
  return policies.map((compiled) =>
    compiled.policy.tier === tier
      ? {
          ...compiled,
          rules: { ingress: compiled.rules.ingress.map(deny), egress: compiled.rules.egress.map(deny) },
        }
      : compiled,
  );
}
