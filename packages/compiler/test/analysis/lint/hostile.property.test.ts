/** Whatever the objects are called, findings are the same, and no name gets out of its place. */
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_FILTER } from '../../../src/analysis/filter.ts';
import type { Finding } from '../../../src/analysis/lint/finding.ts';
import { lint } from '../../../src/analysis/lint/lint.ts';
import { LINT_RULES } from '../../../src/analysis/lint/registry.ts';
import { asciiJson } from '../../../src/cli/ascii.ts';
import { plain } from '../../../src/cli/colour.ts';
import { lintJson } from '../../../src/cli/lint/json.ts';
import { lintSarif } from '../../../src/cli/lint/sarif.ts';
import { lintText } from '../../../src/cli/lint/text.ts';
import type { ModelObject } from '../../../src/model/types.ts';
import { NO_PLACES } from '../../../src/objects/places.ts';
import { printable } from '../../../src/values/printable.ts';
import { describeObjects } from '../../property/describe.ts';
import { cluster } from '../../property/generate/cluster.ts';
import { hostileText, withHostileNames } from '../../property/generate/hostile.ts';
import { holds } from '../../property/run.ts';

test('hostile names', () => {
  holds({
    values: fc.tuple(cluster, hostileText),
    share: 0.3,
    describe: ([objects, text]) => `${JSON.stringify(text)}\n${describeObjects(objects)}`,
    check: ([objects, text]) => {
      const findings = findingsIn(objects.map((object) => withHostileNames(object, text)));
      assert.equal(kinds(findings), kinds(findingsIn(objects)));
      const printed = lintText(findings, plain);
      const lines = printed.split('\n').slice(0, -1);
      assert.is(lines.length, 2 * findings.length, 'a message and a fix for each');
      for (const line of lines) assert.is(line, printable(line));
      for (const data of [lintJson(findings), lintSarif(findings, LINT_RULES)]) {
        const json = asciiJson(JSON.stringify(data));
        assert.match(json, /^[ -~]*$/);
        assert.equal(JSON.parse(json), JSON.parse(JSON.stringify(data)));
      }
    },
  });
});

function findingsIn(objects: readonly ModelObject[]): Finding[] {
  return lint({ objects, remnants: [], diagnostics: [], places: NO_PLACES }, NO_FILTER);
}

/** What was found and where; pods with one hostile owner are one workload, so these are left out. */
function kinds(findings: readonly Finding[]): string[] {
  const others = findings.filter(({ rule }) => rule !== 'unisolated-pods');
  return others
    .map(({ rule, severity, object, field }) => `${rule} ${severity} ${object.kind} ${field}`)
    .sort();
}

test.run();
