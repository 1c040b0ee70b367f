/** What SARIF 2.1.0 demands of a log, as far as this one has it. Section numbers are of the standard. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Finding } from '../../../src/analysis/lint/finding.ts';
import { LINT_RULES } from '../../../src/analysis/lint/registry.ts';
import { lintSarif } from '../../../src/cli/lint/sarif.ts';
import { lintYaml, network, workload } from './support.ts';

interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly snippet?: { readonly text: string };
}
interface Location {
  readonly id?: number;
  readonly physicalLocation?: {
    readonly artifactLocation: { readonly uri: string };
    readonly region: Region;
  };
  readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
}
interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly Location[];
  readonly relatedLocations?: readonly Location[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
}
interface Log {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] };
    };
    readonly columnKind: string;
    readonly results: readonly Result[];
  }[];
}

const MISTAKES = [
  workload('shop', 'web'),
  network(
    'shop',
    'np',
    'podSelector: {}, ingress: [{from: [{podSelector: {}}]}, {from: [{podSelector: {matchLabels: {app: web}}}]}]',
  ),
].join('\n---\n');

/** As it leaves the command. */
function logOf(findings: readonly Finding[]): Log {
  return JSON.parse(JSON.stringify(lintSarif(findings, LINT_RULES))) as Log;
}

test('a log of one run with all rules (§3.13, §3.14, §3.19)', async () => {
  const { version, runs } = logOf([]);
  assert.is(version, '2.1.0');
  assert.is(runs.length, 1);
  assert.equal(runs[0]?.results, [], 'no results is an empty list: the run has looked');
  assert.equal(
    runs[0]?.tool.driver.rules.map(({ id }) => id),
    LINT_RULES.map(({ id }) => id),
  );
  assert.is(runs[0]?.columnKind, 'utf16CodeUnits');
});

test('results point at their rules and at places that are there (§3.27, §3.28, §3.30)', async () => {
  const findings = await lintYaml(MISTAKES);
  const [run] = logOf(findings).runs;
  assert.is(run?.results.length, findings.length);
  assert.ok(findings.length > 0);
  for (const { ruleId, ruleIndex, level, message, locations, relatedLocations = [] } of run?.results ?? []) {
    assert.is(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
    assert.ok(['error', 'warning', 'note'].includes(level));
    assert.match(message.text, /\.$/);
    assert.is(locations.length, 1);
    for (const { physicalLocation } of [...locations, ...relatedLocations]) {
      const { startLine = 0, startColumn = 0 } = physicalLocation?.region ?? {};
      assert.ok(startLine >= 1 && startColumn >= 1);
      assert.is(physicalLocation?.artifactLocation.uri, '%3Cstdin%3E');
    }
    assert.equal(
      relatedLocations.map(({ id }) => id),
      relatedLocations.map((_, i) => i),
      'unique (§3.28.2)',
    );
  }
  assert.ok(run?.results.some(({ relatedLocations }) => relatedLocations !== undefined));
});

test('fingerprints do not depend on lines, and tell findings apart (§3.27.17)', async () => {
  const prints = async (text: string): Promise<string[]> =>
    (logOf(await lintYaml(text)).runs[0]?.results ?? []).map(
      ({ partialFingerprints }) => partialFingerprints['findingHash/v1'] ?? '',
    );
  const before = await prints(MISTAKES);
  assert.equal(await prints(`# moved\n\n${MISTAKES}`), before);
  assert.is(new Set(before).size, before.length);
});

test('files by URI, whatever they are called (§3.4); objects of a live cluster by name alone', () => {
  const at = (file: string | undefined): Location | undefined => {
    const source = file === undefined ? undefined : { file, line: 1, column: 1 };
    const finding: Finding = {
      rule: 'inert-rule',
      severity: 'info',
      object: { kind: 'NetworkPolicy', namespace: 'a', name: 'b' },
      field: 'spec',
      source,
      excerpt: undefined,
      message: 'm',
      fix: 'f',
      related: [],
    };
    return logOf([finding]).runs[0]?.results[0]?.locations[0];
  };
  const uriOf = (file: string): string | undefined => at(file)?.physicalLocation?.artifactLocation.uri;
  assert.is(uriOf('a/b c#d?.yaml'), 'a/b%20c%23d%3F.yaml');
  assert.is(uriOf('../x.yaml'), '../x.yaml');
  assert.is(uriOf('/a b/c.yaml'), 'file:///a%20b/c.yaml');
  assert.is(uriOf('http://x/y.yaml'), 'http%3A//x/y.yaml', 'no other scheme comes in by a name');
  assert.is(at(undefined)?.physicalLocation, undefined);
  assert.is(at(undefined)?.logicalLocations[0]?.fullyQualifiedName, 'NetworkPolicy a/b spec');
});

test.run();
