import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Allowed, AllowedTable } from '../../../src/analysis/connectivity/allowed.ts';
import { type Connection, connectivityOf } from '../../../src/analysis/connectivity/connectivity.ts';
import type { End, PodsEnd } from '../../../src/analysis/connectivity/ends.ts';
import { type Change, changesBetween } from '../../../src/analysis/difference/difference.ts';
import type { ModelObject, Pod } from '../../../src/model/types.ts';
import { isPolicy } from '../../../src/objects/parse.ts';
import { addressValue, familyOf } from '../../../src/values/address.ts';
import { describeObjects } from '../../property/describe.ts';
import { OUTSIDE_ADDRESSES } from '../../property/generate/alphabet.ts';
import { cluster } from '../../property/generate/cluster.ts';
import { holds } from '../../property/run.ts';

/** Two owners in a namespace, so that some have many pods; pods that come and go; and other policies. */
const pairs = fc
  .tuple(cluster, cluster, fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }), fc.boolean())
  .map(([one, other, coins, samePods]) => {
    const owned = (object: ModelObject): ModelObject =>
      object.kind === 'Pod' ? { ...object, owner: { kind: 'Deployment', name: ownerOf(object) } } : object;
    const before = one.map(owned);
    const fresh = other.map(owned);
    const kept = before.filter((object, at) => !isPolicy(object) && (samePods || coins[at % 24]));
    const known = new Set(kept.map(nameOf));
    const policies = [...before.filter((object, at) => isPolicy(object) && coins[at % 24]), ...fresh];
    return [before, [...kept, ...policies.filter((object) => !known.has(nameOf(object)))]] as const;
  });

const ownerOf = ({ name }: Pod): string => (name < 'pod-2' ? 'low' : 'high');
const nameOf = (object: ModelObject): string =>
  `${object.kind} ${'namespace' in object ? object.namespace : ''}/${object.name}`;

/** A point that rows are asked about: a pod, or an address outside. */
type Point = Pod | { readonly outside: (typeof OUTSIDE_ADDRESSES)[4][number] };

const POINTS_OUTSIDE: readonly Point[] = [...OUTSIDE_ADDRESSES[4], ...OUTSIDE_ADDRESSES[6]].map(
  (outside) => ({ outside }),
);

/** Owners that both sides list as a whole: the same workload, whatever its pods are called. */
type Whole = ReadonlySet<string>;

const keyOf = ({ namespace, owner }: Pick<Pod, 'namespace' | 'owner'>): string =>
  `${namespace}/${owner.name}`;

function wholeOnBoth(before: readonly PodsEnd[], after: readonly PodsEnd[]): Whole {
  const whole = (ends: readonly PodsEnd[]) => new Set(ends.filter(({ isPart }) => !isPart).map(keyOf));
  return whole(before).intersection(whole(after));
}

function covers(end: End, point: Point, whole: Whole): boolean {
  if ('outside' in point) {
    if (end.is !== 'external' || end.family !== familyOf(point.outside)) return false;
    const value = addressValue(point.outside);
    return end.range.first <= value && value <= end.range.last;
  }
  if (end.is !== 'pods' || keyOf(end) !== keyOf(point)) return false;
  return whole.has(keyOf(point)) || end.pods.some(({ name }) => name === point.name);
}

function rowFor<R extends Pick<Connection, 'source' | 'destination'>>(
  rows: readonly R[],
  from: Point,
  to: Point,
  whole: Whole,
): R | undefined {
  const found = rows.filter(
    ({ source, destination }) => covers(source, from, whole) && covers(destination, to, whole),
  );
  assert.ok(found.length <= 1, 'two rows for one pair');
  return found[0];
}

test('what was, changed as the difference says, is what is now', () => {
  let changed = 0;
  holds({
    values: pairs,
    share: 0.15,
    describe: ([before, after]) => `${describeObjects(before)}\nbecomes\n${describeObjects(after)}`,
    check: ([before, after]) => {
      const sets = new AllowedTable();
      const old = connectivityOf(before, sets);
      const now = connectivityOf(after, sets);
      const changes = changesBetween(old, now, sets);
      changed += changes.length;
      assert.not.ok(changes.some((change) => change.before === change.after));
      const whole = wholeOnBoth(old.ends, now.ends);
      const pods = [...old.ends, ...now.ends].flatMap((end) => end.pods);
      const points = [...new Map(pods.map((pod) => [nameOf(pod), pod])).values(), ...POINTS_OUTSIDE];
      for (const from of points) {
        for (const to of points) {
          if ('outside' in from ? 'outside' in to : !('outside' in to) && keyOf(from) === keyOf(to)) continue;
          const was = rowFor(old.connections, from, to, whole)?.allowed ?? sets.none;
          const is = rowFor(now.connections, from, to, whole)?.allowed ?? sets.none;
          const change = rowFor(changes, from, to, whole);
          if (change) assert.is(change.before, was);
          assert.is(change ? change.after : was, is);
        }
      }
    },
  });
  assert.ok(changed > 0);
});

test('the same input, and the difference turned round', () => {
  holds({
    values: pairs,
    share: 0.1,
    describe: ([before, after]) => `${describeObjects(before)}\nbecomes\n${describeObjects(after)}`,
    check: ([before, after]) => {
      const sets = new AllowedTable();
      const old = connectivityOf(before, sets);
      const now = connectivityOf(after, sets);
      assert.equal(changesBetween(old, connectivityOf([...before], sets), sets).length, 0);
      const there = changesBetween(old, now, sets);
      const back = changesBetween(now, old, sets);
      const text = ({ source, destination }: Change, was: Allowed, is: Allowed): string =>
        `${source.text} ${destination.text} ${was.id} ${is.id}`;
      assert.equal(
        there.map((change) => text(change, change.before, change.after)),
        back.map((change) => text(change, change.after, change.before)),
      );
    },
  });
});

test.run();
