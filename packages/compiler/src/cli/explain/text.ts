/** Explanations for people. */

import { formatEnd } from '../../analysis/ends/parse-end.ts';
import type { Member } from '../../analysis/ends/resolve-end.ts';
import { formatTransport } from '../../analysis/ends/target.ts';
import type {
  DirectionStory,
  NearMiss,
  PolicyStep,
  RuleStep,
  TierStep,
} from '../../analysis/explain/direction.ts';
import type { PairStory } from '../../analysis/explain/explain.ts';
import type { KernelStory } from '../../analysis/explain/kernel.ts';
import { lacksText } from '../../analysis/explain/lack.ts';
import type { Verdict } from '../../decision/verdicts.ts';
import type { Direction, Rule, Source, Tier } from '../../model/types.ts';
import { elementText } from '../../nft/words.ts';
import { formatRef, formatSource } from '../../objects/format-diagnostic.ts';
import { reasonText } from '../../ruleset/provenance.ts';
import { printable } from '../../values/printable.ts';
import type { Paint, Style } from '../colour.ts';

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  allow: 'allowed',
  deny: 'denied',
  unresolved: 'unresolved',
};

const STYLES: Readonly<Record<Verdict, Style>> = { allow: 'green', deny: 'red', unresolved: 'yellow' };

/** The verdict as a word for people. */
export function verdictText(verdict: Verdict, paint: Paint): string {
  return paint(STYLES[verdict], VERDICT_WORDS[verdict]);
}

/** One pair of addresses: who, both directions with every step, and the kernels. Without a line end. */
export function storyText(story: PairStory, paint: Paint): string {
  const { pair, transport, verdict } = story;
  const head = `${memberText(pair.from)} => ${memberText(pair.to)} : ${formatTransport(transport)}`;
  return [
    paint('bold', head),
    verdictText(verdict, paint) + (verdict === 'unresolved' ? UNRESOLVED : ''),
    ...directionLines(story.egress, pair.from, paint),
    ...directionLines(story.ingress, pair.to, paint),
    ...story.kernels.flatMap(kernelLines),
  ].join('\n');
}

const UNRESOLVED = ': nobody knows yet which DNS names the address answers to';

/** A pod with its address, `node NAME` with one, or an address outside. */
export function memberText(member: Member): string {
  switch (member.kind) {
    case 'pod': {
      const { namespace, name } = member.pod;
      return `${printable(formatEnd({ kind: 'pod', namespace, name }))} (${member.address})`;
    }
    case 'node':
      return `${printable(member.node === undefined ? 'a node' : `node/${member.node}`)} (${member.address})`;
    case 'external':
      return member.address;
  }
}

function directionLines(story: DirectionStory, end: Member, paint: Paint): string[] {
  if (story.kind !== 'judged')
    return ['', `${story.direction}: ${exemptionText(story.direction, story.kind, end)}`];
  const { direction, pod, verdict, steps, nearest } = story;
  const name = printable(`${pod.namespace}/${pod.name}`);
  return [
    '',
    `${direction} of ${name}: ${verdictText(verdict, paint)} (${decisionText(story)})`,
    ...steps.flatMap((step) => tierLines(step, direction, name)),
    ...(steps.some(isFinal) ? [] : ['  default: allow']),
    ...(nearest ? [`  ${paint('bold', 'nearest miss')}: ${missText(nearest)}`] : []),
  ];
}

/** Why nobody is asked in a direction. */
export function exemptionText(
  direction: Direction,
  kind: Exclude<DirectionStory['kind'], 'judged'>,
  end: Member,
): string {
  switch (kind) {
    case 'self':
      return 'not judged: a pod always reaches its own address (S40)';
    case 'own-node':
      return 'not judged: a node always reaches its own pods (S41)';
    case 'no-pod': {
      const what = end.kind === 'node' ? 'a node (with its host-network pods)' : 'outside the cluster';
      return `not judged: ${memberText(end)} is ${what}, and policies judge pods only${direction === 'egress' ? '' : ' (egress of the source may still forbid it)'}`;
    }
  }
}

/** Who decided, in one line. */
export function decisionText({ reason, steps }: Extract<DirectionStory, { kind: 'judged' }>): string {
  if (reason.policy) return printable(reasonText(reason));
  return steps.every(({ outcome }) => outcome === 'nobody has a say')
    ? 'by default: no policy has a say'
    : 'by default: no rule matches';
}

/** Whether the ladder ends at a step. */
function isFinal({ outcome }: TierStep): boolean {
  return outcome === 'allows' || outcome === 'denies' || outcome === 'isolates';
}

const TIER_WORDS: Readonly<Record<Tier, string>> = {
  admin: 'Admin tier',
  network: 'NetworkPolicy',
  baseline: 'Baseline tier',
};

function tierLines(step: TierStep, direction: Direction, pod: string): string[] {
  const { tier, policies, outcome } = step;
  const ends: Record<TierStep['outcome'], string> = {
    'nobody has a say': `no policy selects ${pod} for ${direction}`,
    'no match': 'no rule matches, so the next step decides',
    passes: 'passes on to the next step',
    allows: 'allows',
    denies: 'denies',
    isolates: 'no rule matches, and the pod is isolated: denies',
  };
  return [
    `  ${TIER_WORDS[tier]}: ${ends[outcome]}`,
    ...policies.flatMap((policy) => policyLines(policy, tier)),
  ];
}

function policyLines({ policy, rules }: PolicyStep, tier: Tier): string[] {
  const rank =
    tier === 'network' || policy.kind === 'BaselineAdminNetworkPolicy' ? '' : `, priority ${policy.priority}`;
  return [
    `    ${formatRef(policy)}${rank}${placeText(policy.source)}${rules.length === 0 ? ': has no rules' : ''}`,
    ...rules.map(
      (rule) => `      ${ruleName(rule.rule)}${placeText(rule.rule.source)}: ${ruleOutcome(rule)}`,
    ),
  ];
}

/** `rule 2`, with its own name where it has one. */
export function ruleName({ index, name }: Rule): string {
  return `rule ${index + 1}${name === undefined ? '' : ` "${printable(name)}"`}`;
}

const ACTION_WORDS = { allow: 'allows', deny: 'denies', pass: 'passes' } as const;

function ruleOutcome({ rule, outcome, lacks }: RuleStep): string {
  switch (outcome) {
    case 'matches':
      return `matches, ${ACTION_WORDS[rule.action]}`;
    case 'may match':
      return 'may match: that depends on the DNS names of the address';
    case 'no match':
      return printable(lacksText(lacks));
  }
}

/** The rule, and what it lacks. */
export function missText({ policy, rule, lacks }: NearMiss): string {
  return `${formatRef(policy)} ${ruleName(rule)} ${printable(lacksText(lacks))}`;
}

function placeText(source: Source | undefined): string {
  return source ? ` (${formatSource(source)})` : '';
}

const KERNEL_WORDS: Readonly<Record<KernelStory['verdict'], string>> = {
  accept: 'accepts',
  drop: 'drops',
  queue: 'asks the agent',
};

function kernelLines({ node, verdict, elements }: KernelStory): string[] {
  const head = `the kernel of node ${printable(node)} ${KERNEL_WORDS[verdict]}`;
  if (elements.length === 0) return ['', `${head}: no element of its sets is about it`];
  return [
    '',
    `${head}:`,
    ...elements.map(({ set, element }) => `  ${set.name} { ${elementText(set, element)} }`),
  ];
}
