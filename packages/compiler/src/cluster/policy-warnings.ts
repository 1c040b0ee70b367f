/** What is worth a warning only when the objects are seen together. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import type { ModelObject, Policy } from '../model/types.ts';
import { formatRef, formatSource } from '../objects/format-diagnostic.ts';
import { isPolicy } from '../objects/parse.ts';
import { compareText, getOrMake } from '../values/collections.ts';
import { undefinedNamedPorts } from './named-port-warnings.ts';

/** S6 and S26, in the order of the policies. */
export function policyWarnings(objects: readonly ModelObject[]): Diagnostic[] {
  const policies = objects.filter(isPolicy);
  return [...priorityTies(policies), ...undefinedNamedPorts(policies, objects)];
}

/** S6, S8: one warning for each policy that shares its priority with one that comes before it. */
function priorityTies(policies: readonly Policy[]): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  const byRank = new Map<string, Policy[]>();
  for (const policy of policies) {
    // The one BaselineAdminNetworkPolicy has no priority, and its place is defined: last (S5).
    if (policy.tier === 'network' || policy.kind === 'BaselineAdminNetworkPolicy') continue;
    getOrMake(byRank, `${policy.tier} ${policy.priority}`, (): Policy[] => []).push(policy);
  }
  for (const group of byRank.values()) {
    const sorted = group.sort((a, b) => compareText(a.kind, b.kind) || compareText(a.name, b.name));
    for (let i = 1; i < sorted.length; i++) {
      const [earlier, policy] = [sorted[i - 1] as Policy, sorted[i] as Policy];
      const place = earlier.source ? ` (${formatSource(earlier.source)})` : '';
      const message = `priority ${policy.priority} is also that of ${formatRef(earlier)}${place}, which is taken to come first`;
      warnings.push(
        diagnostic('priority-tie', message, {
          object: refOf(policy),
          source: policy.source,
          expected: 'a priority of its own',
        }),
      );
    }
  }
  return warnings;
}

function refOf({ kind, namespace, name }: Policy) {
  return { kind, namespace, name };
}
