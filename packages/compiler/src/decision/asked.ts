/** What policies look at. Pods and addresses that differ in nothing of it get the same answers from `decide`. */
import type { Direction, NamedPort } from '../model/types.ts';
import type { CompiledPolicy, CompiledRule } from './policies.ts';

/** Whether a policy is asked about its subjects: a NetworkPolicy where it isolates (S12), others where they have rules. */
export function hasSay({ policy, rules }: CompiledPolicy, direction: Direction): boolean {
  return policy.tier === 'network' ? policy.isolates[direction] : rules[direction].length > 0;
}

/** The names of ports that rules look up on the peer; for ingress they look them up on the subject (S25). */
export function portNamesOfPeers(direction: Direction, rules: readonly CompiledRule[]): ReadonlySet<string> {
  return new Set(direction === 'egress' ? rules.flatMap(({ named }) => named.map(({ name }) => name)) : []);
}

/** The ports of a subject, if its policies look up any (S25). */
export function portsOfSubject(
  direction: Direction,
  policies: readonly CompiledPolicy[],
  ports: readonly NamedPort[],
): readonly NamedPort[] {
  const lookUp = policies.some(({ rules }) => rules[direction].some(({ named }) => named.length > 0));
  return direction === 'ingress' && lookUp ? ports : NO_PORTS;
}

const NO_PORTS: readonly NamedPort[] = Object.freeze([]);
