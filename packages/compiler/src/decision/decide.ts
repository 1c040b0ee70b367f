import type { FactId } from '../cluster/facts.ts';
import type { Direction, NamedPort, Tier } from '../model/types.ts';
import { LAST_POINT, type Span, spanOf } from '../values/ports.ts';
import { cutSpan, unionSpans } from '../values/spans.ts';
import type { CompiledPolicy, CompiledRule, SubjectPolicies } from './policies.ts';
import {
  BY_DEFAULT,
  joinParts,
  type PortVerdict,
  type PortVerdicts,
  type Reason,
  type Verdict,
} from './verdicts.ts';

/** A local pod as `decide` sees it. */
export interface Subject {
  readonly policies: SubjectPolicies;
  readonly ports: readonly NamedPort[];
}

/** The other end as `decide` sees it: what holds for its address. */
export interface Peer {
  readonly facts: ReadonlySet<FactId>;
  /** The ports that the peer pod names; none for an address that is no pod's (S26). */
  readonly ports: readonly NamedPort[];
  /** Whether `facts` also tells which DNS names the address answers to. */
  readonly namesKnown: boolean;
}

/** A stretch that no step has decided yet, and the domainNames rule that would have allowed it, if names matched. */
interface Undecided extends Span {
  readonly hoped: Reason | undefined;
}

/** One question to the ladder, and the answers so far. */
interface Walk {
  readonly direction: Direction;
  readonly subject: Subject;
  readonly peer: Peer;
  readonly decided: PortVerdict[];
}

type Step = (
  walk: Walk,
  policies: readonly CompiledPolicy[],
  open: readonly Undecided[],
) => readonly Undecided[];

/** The ladder (S2): each step decides what it can and hands the rest down. */
const LADDER: readonly { readonly tier: Tier; readonly step: Step }[] = [
  { tier: 'admin', step: firstMatch },
  { tier: 'network', step: isolation },
  { tier: 'baseline', step: firstMatch },
];

/**
 * What the policies say about one direction of the connections between a subject and a peer: a verdict and a reason
 * for every port and protocol. The only place that knows what policies mean (S2–S9, S14, S15, S23–S28, S37).
 */
export function decide(direction: Direction, subject: Subject, peer: Peer): PortVerdicts {
  const walk: Walk = { direction, subject, peer, decided: [] };
  let open: readonly Undecided[] = [{ first: 0, last: LAST_POINT, hoped: undefined }];
  for (const { tier, step } of LADDER) open = step(walk, subject.policies[tier], open);
  settle(walk, open, 'allow', BY_DEFAULT);
  return joinParts(walk.decided);
}

/** Admin and Baseline: the first matching rule decides, Pass leaves the tier (S3, S5, S7). */
function firstMatch(
  walk: Walk,
  policies: readonly CompiledPolicy[],
  open: readonly Undecided[],
): readonly Undecided[] {
  const passed: Undecided[] = [];
  let left = open;
  for (const { rules } of policies) {
    for (const rule of rules[walk.direction]) {
      if (left.length === 0) return passed;
      const match = matchPeer(rule, walk.peer);
      if (match === 'no') continue;
      const { inside, outside } = cut(left, spansOf(rule, walk));
      left = outside;
      if (match === 'perhaps') left = [...outside, ...hopeFor(inside, rule.reason)];
      else if (rule.action === 'pass') passed.push(...inside);
      else settle(walk, inside, rule.action, rule.reason);
    }
  }
  return [...left, ...passed];
}

/** NetworkPolicy: final as soon as one policy isolates; rules of all isolating policies add up (S4, S12). */
function isolation(
  walk: Walk,
  policies: readonly CompiledPolicy[],
  open: readonly Undecided[],
): readonly Undecided[] {
  const isolating = policies.filter(({ policy }) => policy.isolates[walk.direction]);
  const first = isolating[0];
  if (!first) return open;
  let left = open;
  for (const { rules } of isolating) {
    for (const rule of rules[walk.direction]) {
      if (matchPeer(rule, walk.peer) !== 'yes') continue;
      const { inside, outside } = cut(left, spansOf(rule, walk));
      settle(walk, inside, 'allow', rule.reason);
      left = outside;
    }
  }
  settle(walk, left, 'deny', first.isolation);
  return [];
}

function settle(walk: Walk, open: readonly Undecided[], verdict: Verdict, reason: Reason): void {
  for (const { first, last, hoped } of open) {
    // S37: a name that may match comes before a denial, and changes nothing about an allowance.
    if (hoped && verdict === 'deny') walk.decided.push({ first, last, verdict: 'unresolved', reason: hoped });
    else walk.decided.push({ first, last, verdict, reason });
  }
}

function matchPeer(rule: CompiledRule, peer: Peer): 'yes' | 'no' | 'perhaps' {
  if (rule.everybody) return 'yes';
  for (const fact of rule.peers) if (peer.facts.has(fact)) return 'yes';
  if (rule.domains.length === 0) return 'no';
  if (!peer.namesKnown) return 'perhaps';
  for (const fact of rule.domains) if (peer.facts.has(fact)) return 'yes';
  return 'no';
}

/** The rule's ports, with names resolved on the destination: the subject for ingress, the peer for egress (S25). */
function spansOf(rule: CompiledRule, walk: Walk): readonly Span[] {
  if (rule.named.length === 0) return rule.spans;
  const ports = walk.direction === 'ingress' ? walk.subject.ports : walk.peer.ports;
  const spans = [...rule.spans];
  for (const { name, protocol } of rule.named)
    for (const port of ports)
      if (port.name === name && (protocol === 'any' || protocol === port.protocol))
        spans.push(spanOf(port.protocol, port.port, port.port));
  return unionSpans(spans);
}

function cut(
  open: readonly Undecided[],
  spans: readonly Span[],
): { inside: Undecided[]; outside: Undecided[] } {
  const inside: Undecided[] = [];
  const outside: Undecided[] = [];
  for (const part of open) {
    const pieces = cutSpan(part, spans);
    for (const { first, last } of pieces.inside) inside.push({ first, last, hoped: part.hoped });
    for (const { first, last } of pieces.outside) outside.push({ first, last, hoped: part.hoped });
  }
  return { inside, outside };
}

function hopeFor(parts: readonly Undecided[], reason: Reason): Undecided[] {
  return parts.map((part) => ({ ...part, hoped: part.hoped ?? reason }));
}
