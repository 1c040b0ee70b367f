import type { DeadRule } from '../dead-rules.ts';
import type { LintRule } from '../rule.ts';
import { placesOf, reasonsText, ruleText } from '../words.ts';

export const deniedAllow: LintRule = {
  id: 'denied-allow',
  severity: 'warning',
  finds: 'A rule that allows only what rules that come before it deny.',
  *check(context) {
    for (const dead of context.deadRules) {
      if (!isDenied(dead)) continue;
      const { policy, direction, rule, scope, takers } = dead;
      yield {
        at: context.placeOfRule(policy, direction, rule),
        message: `${direction} ${ruleText(rule)} allows nothing in ${scope}; all of it is denied first, by ${reasonsText(takers)}`,
        fix: 'Remove the rule, or ask for an exception in the policy that denies',
        related: placesOf(takers, context),
      };
    }
  },
};

/** Whether rules deny all that the dead rule would allow. That a NetworkPolicy isolates is no rule, and how S4 works. */
export function isDenied({ rule, takers }: DeadRule): boolean {
  return rule.action === 'allow' && takers.every((taker) => taker.rule?.action === 'deny');
}
