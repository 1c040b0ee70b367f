import type { FactId } from '../../cluster/facts.ts';
import { type Profile, type ProfileTable, portsKey } from '../../compiler/profiles.ts';
import { decide, type Peer } from '../../decision/decide.ts';
import type { CompiledPolicy, CompiledRule } from '../../decision/policies.ts';
import type { Subject } from '../../decision/subject.ts';
import type { PortVerdicts } from '../../decision/verdicts.ts';
import { DIRECTIONS, type Direction } from '../../model/types.ts';
import { implies } from './implication.ts';
import { type Order, subjectIn, withDenyingPasses } from './order.ts';
import type { Population, SubjectGroup } from './population.ts';

/** One direction of a group of subjects, with every peer that its policies tell apart. */
export interface Side {
  readonly direction: Direction;
  readonly policies: readonly CompiledPolicy[];
  readonly subject: Subject;
  /** For each tier in which a rule passes: the same subject if these rules denied. */
  readonly ifDenying: ReadonlyMap<'admin' | 'baseline', Subject>;
  readonly peers: readonly Peer[];
}

const NO_PORTS: SubjectGroup['ports'] = [];

/** Sides of all groups; groups that differ in nothing that a direction asks about have one in common. */
export function sidesOf(population: Population, order: Order): Side[] {
  const sides = new Map<string, Side>();
  for (const group of population.groups) {
    for (const direction of DIRECTIONS) {
      const policies = group.policies.filter(
        ({ policy, rules }) => policy.isolates[direction] || rules[direction].length > 0,
      );
      if (policies.length === 0) continue;
      const ids = policies.map(({ isolation }) => isolation.id);
      const asksForNames = policies.some(({ rules }) =>
        rules[direction].some(({ named }) => named.length > 0),
      );
      const ports = direction === 'ingress' && asksForNames ? group.ports : NO_PORTS;
      const key = `${direction}|${ids.join(',')}|${portsKey(ports)}`;
      if (!sides.has(key)) sides.set(key, makeSide(direction, { policies, ports }, population, order));
    }
  }
  return [...sides.values()];
}

/** What the policies say of a side and a peer, first as it is, then with the rules of a tier denying that pass. */
export function* answers(side: Side, peer: Peer): Iterable<PortVerdicts> {
  yield decide(side.direction, side.subject, peer);
  for (const subject of side.ifDenying.values()) yield decide(side.direction, subject, peer);
}

function makeSide(
  direction: Direction,
  { policies, ports }: Pick<SubjectGroup, 'policies' | 'ports'>,
  population: Population,
  order: Order,
): Side {
  const rules = policies.flatMap((compiled) => compiled.rules[direction]);
  const ifDenying = new Map<'admin' | 'baseline', Subject>();
  for (const tier of ['admin', 'baseline'] as const) {
    const passes = policies.some(
      ({ policy, rules: own }) =>
        policy.tier === tier && own[direction].some(({ action }) => action === 'pass'),
    );
    if (passes) ifDenying.set(tier, subjectIn(order, withDenyingPasses(policies, tier), ports));
  }
  const subject = subjectIn(order, policies, ports);
  return { direction, policies, subject, ifDenying, peers: peersSeen(direction, rules, population) };
}

/** Peers that differ in something that the rules ask about, and one that has nothing of it. */
function peersSeen(direction: Direction, rules: readonly CompiledRule[], population: Population): Peer[] {
  const { profiles } = population;
  const facts = new Set(rules.flatMap(({ peers }) => peers));
  // For ingress, names are resolved on the subject (S25): the peer's make no difference.
  const names = new Set(
    direction === 'egress' ? rules.flatMap(({ named }) => named.map(({ name }) => name)) : [],
  );
  const seen = profilesWith(facts, names, profiles);
  const peers = new Map<string, Peer>();
  for (const profile of seen) {
    const held = profile.facts.filter((fact) => facts.has(fact));
    const ports = names.size === 0 ? [] : profile.ports.filter(({ name }) => names.has(name));
    const key = `${held.join(',')}|${portsKey(ports)}`;
    if (!peers.has(key)) peers.set(key, { facts: new Set(held), ports, namesKnown: true });
  }
  if (seen.size < profiles.size) peers.set('|', { facts: new Set(), ports: [], namesKnown: true });
  return [...peers.values()].flatMap((peer) => withDomains(peer, rules, population));
}

function profilesWith(
  facts: Iterable<FactId>,
  names: Iterable<string>,
  profiles: ProfileTable,
): ReadonlySet<Profile> {
  const seen = new Set<Profile>();
  for (const fact of facts) for (const profile of profiles.withFact(fact)) seen.add(profile);
  for (const name of names) for (const profile of profiles.withPortName(name)) seen.add(profile);
  return seen;
}

/**
 * The peer without DNS names, and with each of those that rules ask for. Two at once show nothing more: domainNames
 * stand in rules that allow (S37), and one more of these that matches leaves less to the others.
 */
function withDomains(peer: Peer, rules: readonly CompiledRule[], { matches }: Population): Peer[] {
  const domains = [...new Set(rules.flatMap((rule) => rule.domains))];
  const named = domains.map((domain) => {
    const match = matches.get(domain);
    const held = domains.filter((other) => {
      const wide = matches.get(other);
      return match && wide && implies(match, wide);
    });
    return { ...peer, facts: new Set([...peer.facts, ...held]) };
  });
  return [peer, ...named];
}
