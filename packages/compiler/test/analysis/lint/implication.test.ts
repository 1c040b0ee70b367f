import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { implies, podsImply } from '../../../src/analysis/lint/implication.ts';
import { selects } from '../../../src/model/selectors.ts';
import type { BlockMatch, PeerMatch, PodMatch, Selector } from '../../../src/model/types.ts';
import { cidr, label } from '../../objects/support.ts';
import { BLOCKS, insideOf, LABEL_KEYS, LABEL_VALUES, NAMESPACES } from '../../property/generate/alphabet.ts';
import { labelsOf, namespaceSelector, podSelector } from '../../property/generate/labels.ts';
import { holds } from '../../property/run.ts';

/** Every set of labels that the alphabet has, without and with each key. */
const LABELS = LABEL_KEYS.reduce<(readonly [string, string])[][]>(
  (sets, key) =>
    sets.flatMap((set) => [set, ...LABEL_VALUES.map((value) => [...set, [key, value] as const])]),
  [[]],
).map(labelsOf);

const describe = (value: unknown): string =>
  JSON.stringify(value, (_key, v) => (typeof v === 'bigint' ? String(v) : v));

test('what one selector implies, the other selects', () => {
  let proved = 0;
  holds({
    values: fc.tuple(podSelector, podSelector),
    describe,
    check: ([narrow, wide]) => {
      const [a, b] = [nodes(narrow), nodes(wide)];
      if (!implies(a, b)) return;
      proved++;
      for (const labels of LABELS)
        if (selects(narrow, labels)) assert.ok(selects(wide, labels), JSON.stringify(labels));
    },
  });
  assert.ok(proved > 0);
});

test('a namespace by name and the same one by its label are one (S20)', () => {
  holds({
    values: fc.tuple(fc.constantFrom(...NAMESPACES), namespaceSelector),
    describe,
    check: ([name, selector]) => {
      if (!podsImply(podsOf({ name }, []), podsOf({ selector }, []))) return;
      for (const labels of LABELS) {
        const all = labelsOf([...Object.entries(labels), ['kubernetes.io/metadata.name', name]]);
        assert.ok(selects(selector, all), JSON.stringify(all));
      }
    },
  });
  const byLabel = podsOf({ selector: label('kubernetes.io/metadata.name', 'red') }, []);
  assert.ok(podsImply(byLabel, podsOf({ name: 'red' }, [])));
  assert.ok(podsImply(podsOf({ name: 'red' }, []), byLabel));
  assert.not(podsImply(podsOf({ name: 'red' }, []), podsOf({ name: 'blue' }, [])));
});

test('of two blocks one implies the other exactly where it holds all its addresses', () => {
  const block = fc
    .constantFrom(...BLOCKS)
    .chain((outer) => fc.subarray([...insideOf(outer)]).map((except) => blockOf(outer, except)));
  holds({
    values: fc.tuple(block, block),
    describe,
    check: ([narrow, wide]) => {
      const borders = BLOCKS.flatMap(({ family, first, last }) =>
        [first - 1n, first, last, last + 1n].map((value) => ({ family, value })),
      );
      const inside = borders.filter(
        ({ family, value }) => family === narrow.cidr.family && isIn(narrow, value),
      );
      const all = narrow.cidr.family === wide.cidr.family && inside.every(({ value }) => isIn(wide, value));
      if (inside.length > 0) assert.is(implies(narrow, wide), all);
    },
  });
});

test('names imply the wildcards above them (S37)', () => {
  const domain = (name: string): PeerMatch => ({ kind: 'domain', name });
  assert.ok(implies(domain('www.example.com'), domain('*.example.com')));
  assert.ok(implies(domain('a.b.example.com'), domain('*.example.com')));
  assert.ok(implies(domain('*.b.example.com'), domain('*.example.com')));
  assert.ok(implies(domain('*.example.com'), domain('*.example.com')));
  assert.not(implies(domain('example.com'), domain('*.example.com')));
  assert.not(implies(domain('badexample.com'), domain('*.example.com')));
  assert.not(implies(domain('*.example.com'), domain('www.example.com')));
});

test('matches of different kinds imply nothing of each other', () => {
  const kinds: PeerMatch[] = [
    podsOf({ selector: [] }, []),
    nodes([]),
    blockOf(cidr('0.0.0.0/0'), []),
    { kind: 'domain', name: '*.com' },
  ];
  for (const a of kinds) for (const b of kinds) assert.is(implies(a, b), a === b);
});

function podsOf(namespaces: PodMatch['namespaces'], pods: Selector): PodMatch {
  return { kind: 'pods', namespaces, pods };
}

function nodes(selector: Selector): PeerMatch {
  return { kind: 'nodes', selector };
}

function blockOf(outer: BlockMatch['cidr'], except: BlockMatch['except']): BlockMatch {
  return { kind: 'block', cidr: outer, except };
}

function isIn({ cidr: outer, except }: BlockMatch, value: bigint): boolean {
  const holdsIt = ({ first, last }: BlockMatch['cidr']): boolean => first <= value && value <= last;
  return holdsIt(outer) && !except.some(holdsIt);
}

test.run();
