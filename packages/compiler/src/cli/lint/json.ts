import type { Finding, Place } from '../../analysis/lint/finding.ts';
import { docsPage } from './docs-page.ts';

/** Findings as JSON data. */
export function lintJson(findings: readonly Finding[]): object {
  return {
    findings: findings.map(({ rule, severity, message, fix, related, ...place }) => ({
      rule,
      severity,
      ...placeJson(place),
      message,
      fix,
      related: related.map(placeJson),
      docs: docsPage(rule),
    })),
  };
}

/** What is not known is left out. */
function placeJson({ object: { kind, namespace, name }, field, source }: Place): object {
  return {
    object: namespace === '' ? { kind, name } : { kind, namespace, name },
    ...(field === '' ? {} : { field }),
    ...(source ? { source: { file: source.file, line: source.line, column: source.column } } : {}),
  };
}
