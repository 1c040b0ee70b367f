import type { FactId } from '../../cluster/facts.ts';
import { type Profile, portsKey } from '../../compiler/profiles.ts';
import { hasSay, portNamesOfPeers, portsOfSubject } from '../../decision/asked.ts';
import { decide, type Peer } from '../../decision/decide.ts';
import type { CompiledPolicy, CompiledRule } from '../../decision/policies.ts';
import type { Subject } from '../../decision/subject.ts';
import type { PortVerdicts } from '../../decision/verdicts.ts';
import { DIRECTIONS, type Direction, type NamedPort } from '../../model/types.ts';
import { getOrMake } from '../../values/collections.ts';
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
  /** Worked out when it is first asked for. */
  peers(): readonly Peer[];
}

/** Sides of all groups; groups that differ in nothing that a direction asks about have one in common. */
export function sidesOf(population: Population, order: Order): Side[] {
  const sides = new Map<string, Side>();
  for (const group of population.groups) {
    for (const direction of DIRECTIONS) {
      const policies = group.policies.filter((compiled) => hasSay(compiled, direction));
      if (policies.length === 0) continue;
      const ids = policies.map(({ isolation }) => isolation.id).sort((a, b) => a - b);
      const ports = portsOfSubject(direction, policies, group.ports);
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
  let peers: readonly Peer[] | undefined;
  return {
    direction,
    policies,
    subject,
    ifDenying,
    peers: () => {
      peers ??= peersSeen(direction, rules, population);
      return peers;
    },
  };
}

/** Peers that differ in something that the rules ask about, and one that has nothing of it. */
function peersSeen(direction: Direction, rules: readonly CompiledRule[], population: Population): Peer[] {
  const { profiles } = population;
  const facts = [...new Set(rules.flatMap(({ peers }) => peers))].sort((a, b) => a - b);
  const names = portNamesOfPeers(direction, rules);
  const held = new Map<Profile, FactId[]>();
  for (const fact of facts)
    for (const profile of profiles.withFact(fact)) getOrMake(held, profile, () => []).push(fact);
  for (const name of names)
    for (const profile of profiles.withPortName(name)) getOrMake(held, profile, () => []);
  const portsOf = namedOnly(names);
  const peers = new Map<string, Peer>();
  for (const [profile, own] of held) {
    const { key, ports } = portsOf(profile.ports);
    getOrMake(peers, `${own.join(',')}|${key}`, () => ({ facts: new Set(own), ports, namesKnown: true }));
  }
  if (held.size < profiles.size) peers.set('|', { facts: new Set(), ports: [], namesKnown: true });
  return [...peers.values()].flatMap((peer) => withDomains(peer, rules, population));
}

interface KeyedPorts {
  readonly key: string;
  readonly ports: readonly NamedPort[];
}

/** Of ports, those with one of the names. Pods of one template share their ports, and so what is worked out for them. */
function namedOnly(names: ReadonlySet<string>): (ports: readonly NamedPort[]) => KeyedPorts {
  const known = new Map<readonly NamedPort[], KeyedPorts>();
  return (all) =>
    getOrMake(known, all, () => {
      const ports = all.filter(({ name }) => names.has(name));
      return { key: portsKey(ports), ports };
    });
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
