import { hasSay } from '../../decision/asked.ts';
import type { CompiledPolicy, CompiledRule } from '../../decision/policies.ts';
import type { Reason } from '../../decision/verdicts.ts';
import { DIRECTIONS, type Direction, type Policy, type Rule } from '../../model/types.ts';
import { Proofs } from './always-dead.ts';
import { matchesAlone, takersAmong } from './matches-alone.ts';
import { broadestFirst } from './order.ts';
import type { Population } from './population.ts';
import { answers, type Side, sidesOf } from './sides.ts';

/** A rule that matches somebody and decides nothing: without it, and without all others of its like, nothing changes. */
export interface DeadRule {
  readonly policy: Policy;
  readonly direction: Direction;
  readonly rule: Rule;
  /** Whether that is so whatever pods there are, or only with those of the input. */
  readonly scope: 'any cluster' | 'this cluster';
  /** Who decides what the rule matches, in the order in which they were found. */
  readonly takers: readonly Reason[];
}

/** Hears how much of the work is done. */
export type OnStep = (done: number, total: number) => void;

/** The dead rules, in the order of the policies. */
export function deadRules(population: Population, onStep: OnStep = () => {}): DeadRule[] {
  const order = broadestFirst(population);
  const sides = sidesOf(population, order);
  const total = sides.length + population.compiled.length;
  const decided = decidingReasons(sides, (done) => onStep(done, total));
  return population.compiled.flatMap((compiled, at) => {
    onStep(sides.length + at, total);
    return DIRECTIONS.filter((direction) => hasSay(compiled, direction)).flatMap((direction) => {
      const idle = compiled.rules[direction].filter(({ reason }) => !decided.has(reason.id)).filter(canMatch);
      if (idle.length === 0) return [];
      const proofs = new Proofs(compiled, direction, population, order);
      return idle.flatMap((rule): DeadRule[] => {
        const always = proofs.takersOf(rule);
        const takers = always ?? takersHere(compiled, direction, rule, sides);
        if (takers.length === 0) return [];
        const scope = always ? 'any cluster' : 'this cluster';
        return [{ policy: compiled.policy, direction, rule: rule.reason.rule as Rule, scope, takers }];
      });
    });
  });
}

/** Not so for a rule that has failed closed (S33): it is broken, not shadowed. */
function canMatch({ everybody, peers, domains, spans, named }: CompiledRule): boolean {
  return (everybody || peers.length + domains.length > 0) && spans.length + named.length > 0;
}

function decidingReasons(sides: readonly Side[], onSide: (done: number) => void): Set<number> {
  const decided = new Set<number>();
  for (const [done, side] of sides.entries()) {
    onSide(done);
    // Nothing new can come of a side whose rules have all decided something for another.
    const rules = side.policies.flatMap((compiled) => compiled.rules[side.direction]);
    if (rules.every(({ reason }) => decided.has(reason.id))) continue;
    for (const peer of side.peers())
      for (const verdicts of answers(side, peer)) for (const { reason } of verdicts) decided.add(reason.id);
  }
  return decided;
}

function takersHere(
  compiled: CompiledPolicy,
  direction: Direction,
  rule: CompiledRule,
  sides: readonly Side[],
): Reason[] {
  const takers = new Set<Reason>();
  for (const side of sides) {
    if (side.direction !== direction || !side.policies.includes(compiled)) continue;
    const alone = matchesAlone(compiled, direction, rule, side.subject.ports);
    for (const peer of side.peers())
      for (const taker of takersAmong(side, alone(peer), peer, compiled.policy.tier)) takers.add(taker);
  }
  return [...takers];
}
