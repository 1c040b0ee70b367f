import type { LintRule } from '../rule.ts';
import { workloadsText } from '../words.ts';

/** S42. */
export const hostNetworkSubject: LintRule = {
  id: 'host-network-subject',
  severity: 'warning',
  finds: 'A policy that selects only pods on the host network, which no policy applies to.',
  *check(context) {
    for (const policy of context.policies) {
      const { pods, onHost, finished } = context.population.subjectsOf(policy);
      if (onHost.length === 0 || pods.length + finished.length > 0) continue;
      const field = policy.kind === 'NetworkPolicy' ? 'podSelector' : 'subject';
      yield {
        at: context.placeOf(policy, ['spec', field]),
        message: `all pods that the policy selects are on the host network, where it has no effect: ${workloadsText(onHost)}`,
        fix: 'Filter on the node instead, or take the pods off the host network',
      };
    }
  },
};
