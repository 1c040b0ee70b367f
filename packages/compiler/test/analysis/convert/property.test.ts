import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { convertPolicies, isOldKind, type OldPolicy } from '../../../src/analysis/convert/convert.ts';
import { compareDecisions } from '../../../src/analysis/convert/proof.ts';
import { decide } from '../../../src/decision/decide.ts';
import { Snapshot } from '../../../src/decision/snapshot.ts';
import type { ModelObject, Policy } from '../../../src/model/types.ts';
import { isPolicy } from '../../../src/objects/parse.ts';
import type { Address } from '../../../src/values/address.ts';
import { describeObjects } from '../../property/describe.ts';
import { ALL_ADDRESSES, DOMAINS } from '../../property/generate/alphabet.ts';
import { cluster } from '../../property/generate/cluster.ts';
import { policy } from '../../property/generate/policies.ts';
import { holds } from '../../property/run.ts';
import { parsed, policyManifest } from '../../support/policy-manifest.ts';
import { decisionTable, spansOf } from '../../support/tables.ts';

/** What addresses may answer to: nobody knows, nothing, one name, all names. */
const KNOWN_NAMES = [undefined, new Set<string>(), new Set([DOMAINS[0]]), new Set(DOMAINS)];

const tablesOf = (
  objects: readonly ModelObject[],
  addresses: readonly Address[] = ALL_ADDRESSES,
): string[][] => KNOWN_NAMES.map((names) => decisionTable(objects, addresses, names));

test('convert never changes the table, and says so', () => {
  let converted = 0;
  let refused = 0;
  holds({
    values: cluster,
    share: 0.1,
    describe: describeObjects,
    check: (generated) => {
      const manifests = generated.filter(isPolicy).map(policyManifest);
      const read = manifests.map((raw) => ({ policy: parsed(raw) as Policy, raw }));
      const rest = generated.filter((object) => !isPolicy(object));
      const objects = [...rest, ...read.map((one) => one.policy)];
      const old: OldPolicy[] = read.filter((one) => isOldKind(one.policy));
      const conversion = convertPolicies(objects, old);
      assert.is(conversion.proof.counterexample, undefined);
      assert.is(conversion.converted.length + conversion.refusals.length, old.length);
      converted += conversion.converted.length;
      refused += conversion.refusals.length;
      const gone = new Set<ModelObject>(conversion.converted);
      const after = [...objects.filter((one) => !gone.has(one)), ...conversion.manifests.map(parsed)];
      assert.is(
        new Set(after.map(({ kind, name }) => (kind === 'ClusterNetworkPolicy' ? name : {}))).size,
        after.length,
      );
      assert.equal(tablesOf(after), tablesOf(objects));
    },
  });
  assert.ok(converted > 0 && refused > 0, `${converted} converted, ${refused} refused`);
});

test('the proof finds a difference exactly where the tables have one', () => {
  let different = 0;
  holds({
    values: fc.tuple(cluster, fc.array(policy, { maxLength: 3 }), fc.boolean()),
    share: 0.1,
    describe: ([objects, others]) => [describeObjects(objects), 'or', describeObjects(others)].join('\n'),
    check: ([objects, others, replaces]) => {
      const before = objects.filter(isPolicy);
      const after = replaces ? [...before.slice(1), ...others] : [...before].reverse();
      const changed = [...objects.filter((object) => !isPolicy(object)), ...after];
      const { counterexample } = compareDecisions(objects, after);
      if (!counterexample) {
        assert.equal(tablesOf(changed), tablesOf(objects));
        return;
      }
      different++;
      const { direction, subject, peer } = counterexample;
      // In the order of the objects: of two pods with one address it says whose that is.
      const verdictsIn = (all: readonly ModelObject[]): string[] =>
        KNOWN_NAMES.map((names) => {
          const snapshot = new Snapshot(all);
          const own = snapshot.subjectOf(subject);
          return own
            ? spansOf(decide(direction, own, snapshot.peerAt(peer as Address, names)))
            : 'no subject';
        });
      assert.not.equal(verdictsIn(objects), verdictsIn(changed));
    },
  });
  assert.ok(different > 0);
});

test.run();
