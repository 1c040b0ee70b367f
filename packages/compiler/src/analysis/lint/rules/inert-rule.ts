import { DIRECTIONS } from '../../../model/types.ts';
import type { LintRule } from '../rule.ts';
import { ruleText } from '../words.ts';

const TYPES = { ingress: 'Ingress', egress: 'Egress' } as const;

/** S12. */
export const inertRule: LintRule = {
  id: 'inert-rule',
  severity: 'warning',
  finds: 'A rule of a NetworkPolicy in a direction that its policyTypes leave out.',
  *check(context) {
    for (const policy of context.policies) {
      if (policy.tier !== 'network') continue;
      for (const direction of DIRECTIONS) {
        if (policy.isolates[direction]) continue;
        for (const rule of policy.rules[direction])
          yield {
            at: context.placeOfRule(policy, direction, rule),
            message: `${direction} ${ruleText(rule)} has no effect: policyTypes does not name ${TYPES[direction]}`,
            fix: `Add ${TYPES[direction]} to policyTypes, or remove the rule`,
          };
      }
    }
  },
};
