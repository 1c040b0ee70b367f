/** SARIF 2.1.0 (OASIS Standard, 2020-03-27), as code-scanning tools take it. Section numbers are of that document. */
import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import packageJson from '../../../package.json' with { type: 'json' };
import type { Finding, LintSeverity, Place } from '../../analysis/lint/finding.ts';
import type { LintRule } from '../../analysis/lint/rule.ts';
import { formatRef } from '../../objects/format-diagnostic.ts';
import { printable } from '../../values/printable.ts';
import { docsPage } from './docs-page.ts';

const LEVELS: Readonly<Record<LintSeverity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

/** Findings as one run of `kncompile`. */
export function lintSarif(findings: readonly Finding[], rules: readonly LintRule[]): object {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'kncompile', semanticVersion: packageJson.version, rules: rules.map(ruleJson) },
        },
        // As the caret counts (§3.14.17).
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultJson(finding, rules)),
      },
    ],
  };
}

/** Without helpUri, which must be an absolute URI (§3.49.12): the page is in the repository. */
function ruleJson({ id, severity, finds }: LintRule): object {
  return {
    id,
    name: id.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
    shortDescription: { text: finds },
    help: { text: `See ${docsPage(id)} of kncompile.` },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultJson(finding: Finding, rules: readonly LintRule[]): object {
  const { rule, severity, message, fix, related } = finding;
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ id }) => id === rule),
    level: LEVELS[severity],
    message: { text: `${formatRef(finding.object)}: ${printable(message)}. ${printable(fix)}.` },
    locations: [locationJson(finding, finding.excerpt)],
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((place, id) => ({
            id,
            message: { text: formatRef(place.object) },
            ...locationJson(place, undefined),
          })),
        }),
    partialFingerprints: { 'findingHash/v1': fingerprint(finding) },
  };
}

function locationJson({ object, field, source }: Place, excerpt: string | undefined): object {
  const name = formatRef(object);
  const snippet = excerpt === undefined ? {} : { snippet: { text: excerpt } };
  return {
    ...(source
      ? {
          physicalLocation: {
            artifactLocation: { uri: uriOf(source.file) },
            region: { startLine: source.line, startColumn: source.column, ...snippet },
          },
        }
      : {}),
    logicalLocations: [
      { fullyQualifiedName: field === '' ? name : `${name} ${printable(field)}`, kind: 'resource' },
    ],
  };
}

/** A file as it was named, relative to the working directory, or as a file URI (§3.4.3). */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.toWellFormed().split('/').map(encodeURIComponent).join('/');
}

/** Equal for the same finding in another version of the file: without lines and columns. */
function fingerprint({ rule, object: { kind, namespace, name }, field, message }: Finding): string {
  const text = JSON.stringify([rule, kind, namespace, name, field, message]);
  return createHash('sha256').update(text).digest('hex');
}
