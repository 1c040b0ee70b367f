/** Explanations for programs. */

import type { Member } from '../../analysis/ends/resolve-end.ts';
import type { DirectionStory, NearMiss, PolicyStep, TierStep } from '../../analysis/explain/direction.ts';
import type { PairStory } from '../../analysis/explain/explain.ts';
import type { KernelStory } from '../../analysis/explain/kernel.ts';
import { lacksText } from '../../analysis/explain/lack.ts';
import type { Reason } from '../../decision/verdicts.ts';
import type { Policy, Rule, Source } from '../../model/types.ts';
import { elementText } from '../../nft/words.ts';

/** One pair of addresses as data: names as the cluster has them. */
export function storyJson({ pair, verdict, egress, ingress, kernels }: PairStory): object {
  return {
    from: memberJson(pair.from),
    to: memberJson(pair.to),
    verdict,
    egress: directionJson(egress),
    ingress: directionJson(ingress),
    kernels: kernels.map(kernelJson),
  };
}

/** Who has an address, and the address. */
export function memberJson(member: Member): object {
  const { address } = member;
  switch (member.kind) {
    case 'pod': {
      const { namespace, name, node } = member.pod;
      return { namespace, pod: name, ...(node === undefined ? {} : { onNode: node }), address };
    }
    case 'node':
      return member.node === undefined ? { address } : { node: member.node, address };
    case 'external':
      return { address };
  }
}

function directionJson(story: DirectionStory): object {
  if (story.kind !== 'judged') return { verdict: 'allow', notJudged: story.kind };
  const { verdict, reason, steps, nearest } = story;
  return {
    verdict,
    decidedBy: reasonJson(reason),
    steps: steps.map(stepJson),
    ...(nearest ? { nearestMiss: missJson(nearest) } : {}),
  };
}

function reasonJson({ policy, rule }: Reason): object | null {
  return policy ? { ...policyJson(policy), ...(rule ? { rule: ruleJson(rule) } : { isolates: true }) } : null;
}

function stepJson({ tier, outcome, policies }: TierStep): object {
  return { tier, outcome, policies: policies.map(policyStepJson) };
}

function policyStepJson({ policy, rules }: PolicyStep): object {
  return {
    ...policyJson(policy),
    ...(policy.tier === 'network' ? {} : { priority: policy.priority }),
    rules: rules.map(({ rule, outcome, lacks }) => ({
      ...ruleJson(rule),
      action: rule.action,
      outcome,
      ...(outcome === 'no match' ? { because: lacksText(lacks) } : {}),
    })),
  };
}

function missJson({ policy, rule, lacks }: NearMiss): object {
  return { ...policyJson(policy), rule: ruleJson(rule), because: lacksText(lacks) };
}

function policyJson({ kind, namespace, name, source }: Policy): object {
  return { kind, ...(namespace === '' ? {} : { namespace }), name, ...placeJson(source) };
}

/** Rules are numbered from 1, as in the comments of the ruleset. */
function ruleJson({ index, name, source }: Rule): object {
  return { number: index + 1, ...(name === undefined ? {} : { name }), ...placeJson(source) };
}

function placeJson(source: Source | undefined): object {
  return source ? { file: source.file, line: source.line, column: source.column } : {};
}

function kernelJson({ node, verdict, elements }: KernelStory): object {
  return {
    node,
    verdict,
    elements: elements.map(({ set, element }) => ({ set: set.name, element: elementText(set, element) })),
  };
}
