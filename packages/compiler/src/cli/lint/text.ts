import type { Finding, LintSeverity } from '../../analysis/lint/finding.ts';
import { formatExcerpt, formatRef, formatSource } from '../../objects/format-diagnostic.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import type { Paint, Style } from '../colour.ts';

const STYLES: Readonly<Record<LintSeverity, Style>> = { error: 'red', warning: 'yellow', info: 'cyan' };

/** Findings as a compiler prints its messages: place, message, the line with a caret, and what to do about it. */
export function lintText(findings: readonly Finding[], paint: Paint): string {
  return findings.map((finding) => `${findingText(finding, paint)}\n`).join('');
}

function findingText(finding: Finding, paint: Paint): string {
  const { rule, severity, object, field, source, excerpt, message, fix, related } = finding;
  const parts = [
    source && paint('bold', formatSource(source)),
    paint(STYLES[severity], severity),
    formatRef(object),
    // Where there is no caret the path has to tell.
    source || field === '' ? undefined : printable(field),
    printable(message),
  ];
  const lines = [`${parts.filter(Boolean).join(': ')} ${paint('dim', `[${rule}]`)}`];
  if (source && excerpt !== undefined) lines.push(formatExcerpt(excerpt, source.column));
  for (const place of related)
    if (place.source)
      lines.push(`    ${paint('dim', 'see')} ${formatSource(place.source)}: ${formatRef(place.object)}`);
  lines.push(`    ${paint('green', 'fix')} ${printable(fix)}`);
  return lines.join('\n');
}

/** `2 errors, 1 warning`. */
export function lintSummary(findings: readonly Finding[]): string {
  const count = (wanted: LintSeverity): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  const parts = [
    counted(count('error'), 'error'),
    counted(count('warning'), 'warning'),
    `${count('info')} for information`,
  ].filter((text) => !text.startsWith('0 '));
  return parts.length === 0 ? 'nothing found' : parts.join(', ');
}
