import type { FactId } from '../cluster/facts.ts';
import type { Direction, NamedPort, Tier } from '../model/types.ts';
import { LAST_POINT, type Span, spanOf } from '../values/ports.ts';
import { unionSpans } from '../values/spans.ts';
import type { CompiledRule } from './policies.ts';
import type { Subject, SubjectRules } from './subject.ts';
import {
  BY_DEFAULT,
  joinParts,
  type PortVerdict,
  type PortVerdicts,
  type Reason,
  type Verdict,
} from './verdicts.ts';

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

/** Is told how the ladder is walked, for those who must explain a verdict. */
export interface Trace {
  /** A rule that matches the peer (or may match it, where not `sure`) was asked, and takes these open stretches. */
  asked(rule: CompiledRule, sure: boolean, taken: readonly Span[]): void;
  /** A step decided these stretches, before any name is hoped for (S37). */
  decided(spans: readonly Span[], verdict: Exclude<Verdict, 'unresolved'>, reason: Reason): void;
}

/** One question to the ladder, and the answers so far. */
interface Walk {
  readonly rules: SubjectRules;
  readonly peer: Peer;
  /** Named on the destination (S25). */
  readonly ports: readonly NamedPort[];
  readonly decided: PortVerdict[];
  readonly trace: Trace | undefined;
}

/** The ladder (S2): each step decides what it can and hands the rest down. */
const LADDER: readonly ((walk: Walk, open: Undecided[]) => Undecided[])[] = [
  (walk, open) => firstMatch(walk, 'admin', open),
  isolation,
  (walk, open) => firstMatch(walk, 'baseline', open),
];

/**
 * What the policies say about one direction of the connections between a subject and a peer: a verdict and a reason
 * for every port and protocol. The only place that knows what policies mean (S2–S9, S14, S15, S23–S28, S37).
 */
export function decide(direction: Direction, subject: Subject, peer: Peer, trace?: Trace): PortVerdicts {
  const ports = destinationPorts(direction, subject, peer);
  const walk: Walk = { rules: subject.rules[direction], peer, ports, decided: [], trace };
  let open: Undecided[] = [{ first: 0, last: LAST_POINT, hoped: undefined }];
  for (const step of LADDER) if (open.length > 0) open = step(walk, open);
  settle(walk, open, 'allow', BY_DEFAULT);
  return joinParts(walk.decided);
}

/** The ports that the destination names: where names of ports are looked up (S25). */
export function destinationPorts(direction: Direction, subject: Subject, peer: Peer): readonly NamedPort[] {
  return direction === 'ingress' ? subject.ports : peer.ports;
}

/** Admin and Baseline: the first matching rule decides, Pass leaves the tier (S3, S5, S7). */
function firstMatch(walk: Walk, tier: Tier, open: Undecided[]): Undecided[] {
  const passed: Undecided[] = [];
  for (const { rule, sure } of walk.rules.tiers[tier].matching(walk.peer)) {
    if (open.length === 0) break;
    const taken = takeOut(open, spansOf(rule, walk.ports));
    walk.trace?.asked(rule, sure, taken);
    if (!sure) putBack(open, hopeFor(taken, rule.reason));
    else if (rule.action === 'pass') passed.push(...taken);
    else settle(walk, taken, rule.action, rule.reason);
  }
  putBack(open, passed);
  return open;
}

/** NetworkPolicy: final as soon as one policy isolates; rules of all isolating policies add up (S4). */
function isolation(walk: Walk, open: Undecided[]): Undecided[] {
  const { isolation: denial, tiers } = walk.rules;
  if (!denial) return open;
  for (const { rule, sure } of tiers.network.matching(walk.peer)) {
    if (open.length === 0) break;
    const taken = takeOut(open, spansOf(rule, walk.ports));
    walk.trace?.asked(rule, sure, taken);
    settle(walk, taken, 'allow', rule.reason);
  }
  settle(walk, open, 'deny', denial);
  return [];
}

function settle(
  walk: Walk,
  open: readonly Undecided[],
  verdict: Exclude<Verdict, 'unresolved'>,
  reason: Reason,
): void {
  walk.trace?.decided(open, verdict, reason);
  for (const { first, last, hoped } of open) {
    // S37: a name that may match comes before a denial, and changes nothing about an allowance.
    if (hoped && verdict === 'deny') walk.decided.push({ first, last, verdict: 'unresolved', reason: hoped });
    else walk.decided.push({ first, last, verdict, reason });
  }
}

/** The rule's ports, with names resolved among those of the destination (S25). */
export function spansOf(rule: CompiledRule, ports: readonly NamedPort[]): readonly Span[] {
  if (rule.named.length === 0) return rule.spans;
  const spans = [...rule.spans];
  for (const { name, protocol } of rule.named)
    for (const port of ports)
      if (port.name === name && (protocol === 'any' || protocol === port.protocol))
        spans.push(spanOf(port.protocol, port.port, port.port));
  return unionSpans(spans);
}

/** Takes the pieces that lie within `spans` out of the sorted parts, and returns them. */
function takeOut(open: Undecided[], spans: readonly Span[]): Undecided[] {
  const taken: Undecided[] = [];
  for (const span of spans) {
    const from = firstReaching(open, span.first);
    let to = from;
    const left: Undecided[] = [];
    for (; to < open.length && (open[to] as Undecided).first <= span.last; to++) {
      const { first, last, hoped } = open[to] as Undecided;
      if (first < span.first) left.push({ first, last: span.first - 1, hoped });
      taken.push({ first: Math.max(first, span.first), last: Math.min(last, span.last), hoped });
      if (last > span.last) left.push({ first: span.last + 1, last, hoped });
    }
    open.splice(from, to - from, ...left);
  }
  return taken;
}

/** The place of the first part that ends at or behind a point. */
function firstReaching(open: readonly Undecided[], point: number): number {
  let low = 0;
  let high = open.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((open[middle] as Undecided).last < point) low = middle + 1;
    else high = middle;
  }
  return low;
}

function putBack(open: Undecided[], parts: readonly Undecided[]): void {
  if (parts.length === 0) return;
  open.push(...parts);
  open.sort((a, b) => a.first - b.first);
}

function hopeFor(parts: readonly Undecided[], reason: Reason): Undecided[] {
  return parts.map((part) => ({ ...part, hoped: part.hoped ?? reason }));
}
