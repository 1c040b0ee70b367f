/** One direction of a connection: the walk of `decide` over the ladder, step by step. */
import { hasSay } from '../../decision/asked.ts';
import { decide, destinationPorts, spansOf, type Trace } from '../../decision/decide.ts';
import type { CompiledPolicy, CompiledRule } from '../../decision/policies.ts';
import type { Concern, Snapshot } from '../../decision/snapshot.ts';
import { partAt, type Reason, type Verdict } from '../../decision/verdicts.ts';
import type { Direction, Pod, Policy, Rule, Tier } from '../../model/types.ts';
import type { Address } from '../../values/address.ts';
import type { PortPoint, Span } from '../../values/ports.ts';
import { lackOfPort, lacksOfPeer } from './find-lacks.ts';
import { distance, type Lack, UNREACHABLE } from './lack.ts';

/** A rule that was looked at. */
export interface RuleStep {
  readonly rule: Rule;
  /** `may match`: that depends on the DNS names of the peer (S37). */
  readonly outcome: 'matches' | 'may match' | 'no match';
  /** For a rule that does not match. */
  readonly lacks: readonly Lack[];
}

export interface PolicyStep {
  readonly policy: Policy;
  /** As far as they were looked at. */
  readonly rules: readonly RuleStep[];
}

/** A step of the ladder that the connection came to (S2). */
export interface TierStep {
  readonly tier: Tier;
  /** That select the pod and have a say in this direction, as far as they were looked at. */
  readonly policies: readonly PolicyStep[];
  /** `isolates`: no rule matches, and that is a denial (S4). */
  readonly outcome: 'nobody has a say' | 'no match' | 'passes' | 'allows' | 'denies' | 'isolates';
}

/** The rule that would have allowed a denied connection, if a little were different. */
export interface NearMiss {
  readonly policy: Policy;
  readonly rule: Rule;
  readonly lacks: readonly Lack[];
}

export type DirectionStory =
  | {
      readonly kind: 'judged';
      readonly direction: Direction;
      readonly pod: Pod;
      readonly peer: Address;
      readonly steps: readonly TierStep[];
      readonly verdict: Verdict;
      /** Who decided; for `unresolved` the rule that allows a name. */
      readonly reason: Reason;
      readonly nearest: NearMiss | undefined;
    }
  | { readonly kind: Exclude<Concern['kind'], 'subject'>; readonly direction: Direction };

const TIERS: readonly Tier[] = ['admin', 'network', 'baseline'];

/** Tells what the policies say about one direction of a connection, and why. */
export function tellDirection(
  snapshot: Snapshot,
  direction: Direction,
  source: Address,
  destination: Address,
  point: PortPoint,
): DirectionStory {
  const concern = snapshot.concernOf(direction, source, destination);
  if (concern.kind !== 'subject') return { kind: concern.kind, direction };
  const { pod, subject } = concern;
  const peerAt = direction === 'egress' ? destination : source;
  const peer = snapshot.peerAt(peerAt);
  const walk = new PointWalk(point);
  const { verdict, reason } = partAt(decide(direction, subject, peer, walk), point);
  const ports = destinationPorts(direction, subject, peer);

  const stepOf = (compiled: CompiledRule, rule: Rule): RuleStep => {
    const asked = walk.asks.get(compiled);
    if (asked?.took) return { rule, outcome: asked.sure ? 'matches' : 'may match', lacks: [] };
    const lacks = asked ? [] : [...lacksOfPeer(snapshot, rule, peerAt)];
    if (!spansOf(compiled, ports).some((span) => holds(span, point))) lacks.push(lackOfPort(rule));
    return { rule, outcome: 'no match', lacks };
  };
  const steps: TierStep[] = [];
  const policies = snapshot.policiesOf(pod);
  for (const tier of TIERS) {
    const asked = policies.filter((compiled) => compiled.policy.tier === tier && hasSay(compiled, direction));
    const told = tellTier(asked, direction, stepOf, walk);
    steps.push({ tier, ...told });
    if (told.outcome === 'allows' || told.outcome === 'denies' || told.outcome === 'isolates') break;
  }
  const nearest = verdict === 'deny' ? nearestMiss(steps) : undefined;
  return { kind: 'judged', direction, pod, peer: peerAt, steps, verdict, reason, nearest };
}

/** Watches the walk at one point of the port axis. */
class PointWalk implements Trace {
  readonly asks = new Map<CompiledRule, { readonly sure: boolean; readonly took: boolean }>();
  /** What decided about the point, before names are hoped for. */
  end: Reason | undefined;
  readonly #point: PortPoint;

  constructor(point: PortPoint) {
    this.#point = point;
  }

  asked(rule: CompiledRule, sure: boolean, taken: readonly Span[]): void {
    this.asks.set(rule, { sure, took: taken.some((span) => holds(span, this.#point)) });
  }

  decided(spans: readonly Span[], _verdict: Verdict, reason: Reason): void {
    if (spans.some((span) => holds(span, this.#point))) this.end = reason;
  }
}

function holds({ first, last }: Span, point: PortPoint): boolean {
  return first <= point && point <= last;
}

/** The policies and rules of a tier up to the one that ended it. */
function tellTier(
  policies: readonly CompiledPolicy[],
  direction: Direction,
  stepOf: (compiled: CompiledRule, rule: Rule) => RuleStep,
  walk: PointWalk,
): Omit<TierStep, 'tier'> {
  const told: PolicyStep[] = [];
  for (const { policy, rules } of policies) {
    const steps: RuleStep[] = [];
    told.push({ policy, rules: steps });
    for (const compiled of rules[direction]) {
      const rule = compiled.reason.rule as Rule;
      const step = stepOf(compiled, rule);
      steps.push(step);
      if (step.outcome !== 'matches') continue;
      const outcome = ({ allow: 'allows', deny: 'denies', pass: 'passes' } as const)[rule.action];
      return { policies: told, outcome };
    }
  }
  if (told.length === 0) return { policies: told, outcome: 'nobody has a say' };
  const isolated = told.some(({ policy }) => policy === walk.end?.policy) && walk.end?.rule === undefined;
  return { policies: told, outcome: isolated ? 'isolates' : 'no match' };
}

/** Of the rules that were looked at and allow something, the one that needs least to match; the first of equals. */
function nearestMiss(steps: readonly TierStep[]): NearMiss | undefined {
  let nearest: NearMiss | undefined;
  let least = UNREACHABLE;
  for (const { policies } of steps)
    for (const { policy, rules } of policies)
      for (const { rule, outcome, lacks } of rules) {
        const far = distance(lacks);
        if (rule.action !== 'allow' || outcome !== 'no match' || far >= least) continue;
        least = far;
        nearest = { policy, rule, lacks };
      }
  return nearest;
}
