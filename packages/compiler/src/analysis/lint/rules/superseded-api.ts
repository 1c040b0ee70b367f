import type { LintRule } from '../rule.ts';

const TIERS = { AdminNetworkPolicy: 'Admin', BaselineAdminNetworkPolicy: 'Baseline' } as const;

export const supersededApi: LintRule = {
  id: 'superseded-api',
  severity: 'info',
  finds: 'An object of policy.networking.k8s.io/v1alpha1, which ClusterNetworkPolicy replaces.',
  *check(context) {
    for (const policy of context.policies) {
      if (policy.kind !== 'AdminNetworkPolicy' && policy.kind !== 'BaselineAdminNetworkPolicy') continue;
      yield {
        at: context.placeOf(policy, ['apiVersion']),
        message: `${policy.kind} is v1alpha1, and v1alpha2 has ClusterNetworkPolicy of tier ${TIERS[policy.kind]} instead`,
        fix: 'Convert it (kncompile convert)',
      };
    }
  },
};
