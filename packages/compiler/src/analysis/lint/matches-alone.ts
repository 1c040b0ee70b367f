import { decide, type Peer } from '../../decision/decide.ts';
import type { CompiledPolicy, CompiledRule } from '../../decision/policies.ts';
import { makeSubject, type Subject } from '../../decision/subject.ts';
import type { Reason } from '../../decision/verdicts.ts';
import type { Direction, NamedPort, Policy, Tier } from '../../model/types.ts';
import type { Span } from '../../values/ports.ts';

/** What a rule matches when nobody else is asked: `decide` with this one rule, which denies. */
export function matchesAlone(
  { policy, isolation }: CompiledPolicy,
  direction: Direction,
  rule: CompiledRule,
  ports: readonly NamedPort[],
): (peer: Peer) => readonly Span[] {
  const rules = { ingress: [], egress: [], [direction]: [{ ...rule, action: 'deny' as const }] };
  const subject = makeSubject([{ policy: inAdminTier(policy), rules, isolation }], ports);
  return (peer) => decide(direction, subject, peer).filter(({ reason }) => reason.id === rule.reason.id);
}

function inAdminTier(policy: Policy): Policy {
  return { ...policy, tier: 'admin', isolates: { ingress: false, egress: false } };
}

/** A subject as it is, and as it would be if the passing rules of a tier denied. */
export interface Asked {
  readonly direction: Direction;
  readonly subject: Subject;
  readonly ifDenying: ReadonlyMap<Tier, Subject>;
}

/** Who decides on the spans, as far as a rule of `tier` can see: a Pass before it in its own tier takes, too. */
export function takersAmong(asked: Asked, spans: readonly Span[], peer: Peer, tier: Tier): Reason[] {
  if (spans.length === 0) return [];
  const verdicts = decide(asked.direction, asked.ifDenying.get(tier) ?? asked.subject, peer);
  const isTouched = ({ first, last }: Span): boolean =>
    spans.some((span) => span.first <= last && first <= span.last);
  return verdicts.filter(isTouched).map(({ reason }) => reason);
}
