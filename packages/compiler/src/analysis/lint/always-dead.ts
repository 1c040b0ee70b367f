/** Rules that decide nothing in any cluster, whatever pods and namespaces there are. */
import type { FactId } from '../../cluster/facts.ts';
import type { Peer } from '../../decision/decide.ts';
import { type CompiledPolicy, type CompiledRule, compareInTier } from '../../decision/policies.ts';
import type { Subject } from '../../decision/subject.ts';
import type { Reason } from '../../decision/verdicts.ts';
import type { Direction, NamedPort, PeerMatch, Tier } from '../../model/types.ts';
import { FAMILIES, type Family } from '../../values/address.ts';
import { parseCidr } from '../../values/cidr.ts';
import { PROTOCOLS, splitSpan } from '../../values/ports.ts';
import { implies, podsImply } from './implication.ts';
import { type Asked, matchesAlone, takersAmong } from './matches-alone.ts';
import { type Order, subjectIn, withDenyingPasses } from './order.ts';
import type { Population } from './population.ts';

/** The proofs about one direction of one policy. */
export class Proofs {
  readonly #own: CompiledPolicy;
  readonly #direction: Direction;
  readonly #population: Population;
  readonly #order: Order;
  /** The policies that are asked about every subject of this one. */
  readonly #policies: readonly CompiledPolicy[];

  constructor(own: CompiledPolicy, direction: Direction, population: Population, order: Order) {
    this.#own = own;
    this.#direction = direction;
    this.#population = population;
    this.#order = order;
    this.#policies = certainPolicies(own, direction, population);
  }

  /**
   * Who takes everything that the rule matches, in every cluster; undefined where that cannot be proved.
   *
   * The proof asks `decide` about a subject and peers of which only that is known that follows from their being
   * matched: the policies that select every such subject, the facts that hold for every such peer. Whatever else holds
   * for a real one, rules that come before this one can only match more, and take more from it. Only a Pass hands on to
   * the next tier, so of the tiers before the rule's own nothing behind the first Pass is counted on.
   */
  takersOf(rule: CompiledRule): readonly Reason[] | undefined {
    const direction = this.#direction;
    const { tier } = this.#own.policy;
    const rules = this.#policies.flatMap((one) => one.rules[direction]);
    const takers = new Set<Reason>();
    for (const ports of possiblePorts(rule, rules)) {
      const [own, others] = direction === 'ingress' ? [ports, []] : [[], ports];
      const asked = this.#ask(own);
      const alone = matchesAlone(this.#own, direction, rule, own);
      for (const peer of certainPeers(rule, rules, others, this.#population)) {
        for (const taker of takersAmong(asked, alone(peer), peer, tier)) takers.add(taker);
        if (takers.has(rule.reason)) return undefined;
      }
    }
    return takers.size > 0 ? [...takers] : undefined;
  }

  #ask(ports: readonly NamedPort[]): Asked {
    const { tier } = this.#own.policy;
    const subjectOf = (policies: readonly CompiledPolicy[]): Subject =>
      subjectIn(this.#order, policies, ports);
    const ifDenying: [Tier, Subject][] =
      tier === 'network' ? [] : [[tier, subjectOf(withDenyingPasses(this.#policies, tier))]];
    return {
      direction: this.#direction,
      subject: subjectOf(this.#policies),
      ifDenying: new Map(ifDenying),
    };
  }
}

/** The policies that are asked about every subject of this one, without what a Pass of an earlier tier may hand on. */
function certainPolicies(
  own: CompiledPolicy,
  direction: Direction,
  { compiled }: Population,
): CompiledPolicy[] {
  const selecting = compiled.filter(({ policy }) => podsImply(own.policy.subject, policy.subject));
  if (own.policy.tier === 'admin') return selecting;
  const admin = compiled
    .filter(({ policy }) => policy.tier === 'admin')
    .sort((a, b) => compareInTier(a.policy, b.policy));
  const firstPass = admin.findIndex(({ rules }) => rules[direction].some(isPass));
  if (firstPass < 0) return selecting;
  const certain = new Map(admin.slice(0, firstPass + 1).map((one) => [one, upToPass(one, direction)]));
  return selecting.flatMap((one) => (one.policy.tier === 'admin' ? (certain.get(one) ?? []) : one));
}

function upToPass(compiled: CompiledPolicy, direction: Direction): CompiledPolicy {
  const rules = compiled.rules[direction];
  const end = rules.findIndex(isPass);
  return { ...compiled, rules: { ...compiled.rules, [direction]: end < 0 ? rules : rules.slice(0, end) } };
}

function isPass({ action }: CompiledRule): boolean {
  return action === 'pass';
}

const EVERY_ADDRESS: Readonly<Record<Family, PeerMatch>> = {
  4: everyAddress('0.0.0.0/0'),
  6: everyAddress('::/0'),
};

function everyAddress(text: string): PeerMatch {
  const parsed = parseCidr(text);
  if (!parsed) throw new TypeError(`not a CIDR: ${text}`);
  return { kind: 'block', cidr: parsed.cidr, except: [] };
}

/** For each match of the rule, and each family, a peer of which no more is known than that it is matched. */
function certainPeers(
  rule: CompiledRule,
  rules: readonly CompiledRule[],
  ports: readonly NamedPort[],
  { matches }: Population,
): Peer[] {
  const asked = new Set(rules.flatMap(({ peers, domains }) => [...peers, ...domains]));
  const peerOf = (...known: readonly PeerMatch[]): Peer => {
    const held = [...asked].filter((fact) => {
      const wide = matches.get(fact);
      return wide !== undefined && known.some((narrow) => implies(narrow, wide));
    });
    return { facts: new Set<FactId>(held), ports, namesKnown: true };
  };
  if (rule.everybody) return FAMILIES.map((family) => peerOf(EVERY_ADDRESS[family]));
  return [...rule.peers, ...rule.domains].flatMap((fact) => {
    const match = matches.get(fact) as PeerMatch;
    return match.kind === 'block'
      ? [peerOf(match)]
      : FAMILIES.map((family) => peerOf(match, EVERY_ADDRESS[family]));
  });
}

/** Ports that destinations may name, so far as rules can tell them apart: none, and each name alone on each number. */
function possiblePorts(rule: CompiledRule, rules: readonly CompiledRule[]): (readonly NamedPort[])[] {
  if (rule.named.length === 0) return [[]];
  const numbers = tellingPorts(rules);
  const named = rule.named.flatMap(({ name, protocol }) =>
    (protocol === 'any' ? PROTOCOLS : [protocol]).flatMap((one) =>
      numbers.map((port) => [{ name, protocol: one, port }]),
    ),
  );
  return rule.spans.length === 0 ? named : [[], ...named];
}

/** A port (1–65535) out of each stretch that no span begins or ends within. */
function tellingPorts(rules: readonly CompiledRule[]): number[] {
  const parts = rules.flatMap(({ spans }) => spans.flatMap(splitSpan));
  const starts = parts.flatMap(({ first, last }) => [first, last + 1]);
  return [...new Set([1, ...starts])].filter((port) => port >= 1 && port <= 65535);
}
