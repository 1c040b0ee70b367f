/** How findings put things. Names come out as they are: whoever prints them must escape them. */
import type { Reason } from '../../decision/verdicts.ts';
import type { Pod, Rule } from '../../model/types.ts';
import { reasonText } from '../../ruleset/provenance.ts';
import type { LintContext } from './context.ts';
import type { Place } from './finding.ts';

/** Things that a message names before it only counts. */
const NAMED = 3;

/** `a, b and c`; behind the third, how many more. */
export function listed(items: readonly string[]): string {
  const shown = items.slice(0, NAMED);
  const others = items.length - shown.length;
  if (others > 0) return `${shown.join(', ')} and ${others} more`;
  const last = shown.pop();
  return [...(shown.length > 0 ? [shown.join(', ')] : []), last].join(' and ');
}

/** `rule 2 (its name)`. */
export function ruleText({ index, name }: Rule): string {
  return name === undefined ? `rule ${index + 1}` : `rule ${index + 1} (${name})`;
}

/** Those who decide; that a policy isolates is said only where none of its rules is named. */
export function reasonsText(reasons: readonly Reason[]): string {
  return listed(mostTelling(reasons).map(reasonText));
}

function mostTelling(reasons: readonly Reason[]): readonly Reason[] {
  return reasons.filter(
    ({ policy, rule }) => rule || !reasons.some((other) => other.rule && other.policy === policy),
  );
}

/** Where those stand that `reasonsText` names. */
export function placesOf(reasons: readonly Reason[], context: LintContext): Place[] {
  return mostTelling(reasons)
    .slice(0, NAMED)
    .flatMap(({ policy, rule }) => {
      if (!policy) return [];
      if (!rule) return [context.placeOf(policy)];
      const direction = policy.rules.ingress.includes(rule) ? 'ingress' : 'egress';
      return [context.placeOfRule(policy, direction, rule)];
    });
}

/** `Deployment shop/web, Job shop/report and 4 more`. */
export function workloadsText(pods: readonly Pod[]): string {
  return listed([...new Set(pods.map(({ namespace, owner }) => `${owner.kind} ${namespace}/${owner.name}`))]);
}
