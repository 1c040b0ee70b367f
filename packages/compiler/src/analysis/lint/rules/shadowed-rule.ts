import type { Reason } from '../../../decision/verdicts.ts';
import type { DeadRule } from '../dead-rules.ts';
import type { Found } from '../finding.ts';
import type { LintRule } from '../rule.ts';
import { placesOf, reasonsText, ruleText } from '../words.ts';
import { isDenied } from './denied-allow.ts';

export const shadowedRule: LintRule = {
  id: 'shadowed-rule',
  severity: 'warning',
  finds: 'A rule that never decides, because others decide first on everything that it matches.',
  *check(context) {
    for (const dead of context.deadRules) {
      if (isDenied(dead)) continue;
      const { policy, direction, rule, takers } = dead;
      yield {
        at: context.placeOfRule(policy, direction, rule),
        ...wordsFor(dead),
        related: placesOf(takers, context),
      };
    }
  },
};

function wordsFor({ policy, direction, rule, scope, takers }: DeadRule): Omit<Found, 'at'> {
  const who = `${direction} ${ruleText(rule)}`;
  const deciders = reasonsText(takers);
  // Rules of NetworkPolicies add up (S4): none comes first.
  if (policy.tier === 'network' && takers.every(isNetworkPolicy))
    return {
      message: `${who} allows nothing in ${scope} that is not allowed anyway, by ${deciders}`,
      fix: 'Remove the rule, or narrow the one that covers it',
    };
  const message = `${who} never decides in ${scope}; before it come ${deciders}`;
  // The Baseline tier is there for pods without NetworkPolicies of their own: the fewer, the better.
  if (policy.tier === 'baseline' && takers.some(isNetworkPolicy))
    return { message, fix: 'Nothing, if the rule is for pods that are yet to come', severity: 'info' };
  return { message, fix: 'Remove the rule, or move it before those that decide' };
}

function isNetworkPolicy({ policy }: Reason): boolean {
  return policy?.tier === 'network';
}
