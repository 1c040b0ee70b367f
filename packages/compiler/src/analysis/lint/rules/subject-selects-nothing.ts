import { selects } from '../../../model/selectors.ts';
import type { PodMatch } from '../../../model/types.ts';
import type { LintContext } from '../context.ts';
import type { LintRule } from '../rule.ts';

export const subjectSelectsNothing: LintRule = {
  id: 'subject-selects-nothing',
  severity: 'warning',
  finds: 'A policy that selects no pod, so that it does nothing.',
  *check(context) {
    if (!context.hasPods) return;
    for (const policy of context.policies) {
      const { pods, onHost, finished } = context.population.subjectsOf(policy);
      // Pods on the host network have a rule of their own; those that are finished may come again.
      if (pods.length + onHost.length + finished.length > 0) continue;
      const field = policy.kind === 'NetworkPolicy' ? 'podSelector' : 'subject';
      yield {
        at: context.placeOf(policy, ['spec', field]),
        message: `the policy selects no pod: ${whyNothing(policy.subject, context)}`,
        fix: 'Correct the labels or the namespace, or remove the policy',
      };
    }
  },
};

/** Which half of a pod selector picks nothing. */
export function whyNothing({ namespaces: part, pods }: PodMatch, context: LintContext): string {
  const { population, cluster } = context;
  const namespaces = [...population.namespaces].filter((name) =>
    'name' in part ? part.name === name : selects(part.selector, population.labelsOf(name)),
  );
  const isNamed = 'name' in part;
  if (namespaces.length === 0)
    return isNamed ? `no namespace is called ${part.name}` : 'no namespace has these labels';
  const hasPods = cluster.pods.some(({ namespace }) => namespaces.includes(namespace));
  const what = hasPods && pods.length > 0 ? 'pod with these labels' : 'pod';
  return isNamed ? `namespace ${part.name} has no ${what}` : `no selected namespace has a ${what}`;
}
