/** What in a cluster's policies is probably a mistake. Derived from the decision table, as everything else. */
import type { Diagnostic, ObjectRef } from '../../errors.ts';
import { compareText } from '../../values/collections.ts';
import { type Filter, passes } from '../filter.ts';
import { LintContext, type LintInput } from './context.ts';
import type { OnStep } from './dead-rules.ts';
import type { Finding, Found } from './finding.ts';
import { LINT_RULES } from './registry.ts';
import type { LintRule } from './rule.ts';

/**
 * Every finding that the filter shows: by file and line, then by rule; those without a file last. `onStep` hears of the
 * part that takes longest.
 */
export function lint(input: LintInput, filter: Filter, onStep?: OnStep): Finding[] {
  const context = new LintContext(input, onStep);
  const isShown = shownBy(filter, context);
  const findings = LINT_RULES.flatMap((rule) =>
    [...rule.check(context)].filter(isShown).map((found) => findingOf(rule, found, input)),
  );
  return findings.sort(byPlace);
}

/** Whether lint says again what the loader has said. */
export function isFinding({ code, object }: Diagnostic): boolean {
  return object !== undefined && LINT_RULES.some(({ says }) => says?.includes(code));
}

function findingOf(
  rule: LintRule,
  { at, message, fix, severity, related }: Found,
  input: LintInput,
): Finding {
  return Object.freeze({
    rule: rule.id,
    severity: severity ?? rule.severity,
    ...at,
    excerpt: at.source && input.places.excerptOf(at.source),
    message,
    fix,
    related: related ?? [],
  });
}

/** The sort is stable, so what stands at one place stays in the order of the rules. */
function byPlace(a: Finding, b: Finding): number {
  if (!a.source || !b.source) return Number(!a.source) - Number(!b.source) || byObject(a, b);
  const byFile = compareText(a.source.file, b.source.file);
  return byFile || a.source.line - b.source.line || a.source.column - b.source.column;
}

function byObject({ object: a }: Finding, { object: b }: Finding): number {
  return compareText(a.kind, b.kind) || compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

/**
 * What a filter shows: findings about workloads by their pods, findings about policies by the pods that these select. A
 * NetworkPolicy is shown with its namespace, too, where no labels are asked for.
 */
function shownBy(filter: Filter, context: LintContext): (found: Found) => boolean {
  const { namespaces, selector } = filter;
  if (namespaces === 'all' && selector.length === 0) return () => true;
  const policies = new Map(context.policies.map((policy) => [keyOf(policy), policy]));
  return ({ at: { object }, pods }) => {
    if (selector.length === 0 && namespaces !== 'all' && namespaces.has(object.namespace)) return true;
    if (pods) return pods.some((pod) => passes(filter, pod));
    const policy = policies.get(keyOf(object));
    if (!policy) return false;
    const selected = context.population.subjectsOf(policy);
    return [selected.pods, selected.onHost, selected.finished].flat().some((pod) => passes(filter, pod));
  };
}

function keyOf({ kind, namespace, name }: ObjectRef): string {
  return JSON.stringify([kind, namespace, name]);
}
