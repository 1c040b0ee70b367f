import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { PodIndex } from '../../src/cluster/pod-index.ts';
import { SelectorIndex } from '../../src/cluster/selector-index.ts';
import { selectorKey, selects } from '../../src/model/selectors.ts';
import type { Labels, PodMatch, Selector } from '../../src/model/types.ts';
import { NAMESPACES } from '../property/generate/alphabet.ts';
import {
  labelsOf,
  namespaceLabels,
  namespaceSelector,
  podLabels,
  podSelector,
} from '../property/generate/labels.ts';

/** Index into what was added before; an even one takes it back. */
const removals = fc.array(fc.nat({ max: 12 }), { maxLength: 8 });

test('the index finds exactly the selectors that hold, after any adding and removing', () => {
  fc.assert(
    fc.property(
      fc.array(podSelector, { maxLength: 12 }),
      removals,
      podLabels,
      (selectors, removed, labels) => {
        const index = new SelectorIndex();
        const present = new Map(selectors.map((selector, i) => [i, index.acquire(selector)]));
        for (const i of removed) {
          const entry = present.get(i);
          if (entry) index.release(entry);
          present.delete(i);
        }
        const expected = new Set(
          [...present.keys()]
            .map((i) => selectors[i] as Selector)
            .filter((selector) => selects(selector, labels))
            .map(selectorKey),
        );
        const found = index.match(labels).map(({ key }) => key);
        assert.equal([...found].sort(), [...expected].sort());
      },
    ),
    { numRuns: 1000 },
  );
});

test('equal selectors are one entry, in whatever order they are written', () => {
  const index = new SelectorIndex();
  const a = { key: 'a', operator: 'In', values: ['x', 'y'] } as const;
  const b = { key: 'b', operator: 'Exists', values: [] } as const;
  const first = index.acquire([a, b]);
  assert.is(index.acquire([b, { ...a, values: ['y', 'x'] }]), first);
  index.release(first);
  assert.equal(
    index.match(
      labelsOf([
        ['a', 'x'],
        ['b', ''],
      ]),
    ),
    [first],
  );
  index.release(first);
  assert.equal(
    index.match(
      labelsOf([
        ['a', 'x'],
        ['b', ''],
      ]),
    ),
    [],
  );
});

test('a label named like a member of every object is a label like any other', () => {
  const index = new SelectorIndex();
  for (const key of ['__proto__', 'constructor', 'toString']) {
    const exists = index.acquire([{ key, operator: 'Exists', values: [] }]);
    assert.equal(index.match(labelsOf([])), []);
    assert.equal(index.match(labelsOf([[key, 'x']])), [exists]);
    index.release(exists);
  }
});

const podMatch: fc.Arbitrary<PodMatch> = fc.record({
  kind: fc.constant('pods' as const),
  namespaces: fc.oneof(
    fc.constantFrom(...NAMESPACES).map((name) => ({ name })),
    namespaceSelector.map((selector) => ({ selector })),
  ),
  pods: podSelector,
});

const isPicked = ({ namespaces, pods }: PodMatch, namespace: string, labels: Labels, own: Labels): boolean =>
  ('name' in namespaces ? namespaces.name === namespace : selects(namespaces.selector, labels)) &&
  selects(pods, own);

test('the pod index finds exactly the items whose match selects the pod, also after its namespace is relabelled', () => {
  const question = fc
    .constantFrom(...NAMESPACES)
    .chain((name) => fc.record({ name: fc.constant(name), labels: namespaceLabels(name), own: podLabels }));
  fc.assert(
    fc.property(
      fc.array(podMatch, { maxLength: 10 }),
      removals,
      fc.array(question, { minLength: 1, maxLength: 6 }),
      (matches, removed, questions) => {
        const index = new PodIndex<number>();
        const present = new Map(matches.entries());
        for (const [i, match] of present) index.add(match, i);
        // Asked once before, so that whatever the index remembers could be stale.
        for (const { name, labels, own } of questions) index.match(name, labels, own);
        for (const i of removed) {
          const match = present.get(i);
          if (match) index.remove(match, i);
          present.delete(i);
        }
        for (const { name, labels, own } of questions) {
          const expected = [...present]
            .filter(([, match]) => isPicked(match, name, labels, own))
            .map(([i]) => i);
          assert.equal(
            index.match(name, labels, own).sort((a, b) => a - b),
            expected,
          );
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test.run();
