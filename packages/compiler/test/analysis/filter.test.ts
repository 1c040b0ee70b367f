import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_FILTER, passes } from '../../src/analysis/filter.ts';
import { parseSelector } from '../../src/analysis/parse-selector.ts';
import { type FilterArgs, readFilter } from '../../src/cli/filter-options.ts';
import { UsageError } from '../../src/cli/usage-error.ts';
import { selects } from '../../src/model/selectors.ts';
import type { Labels } from '../../src/model/types.ts';

const args = (given: Partial<FilterArgs>): FilterArgs => ({ _: [], $0: '', ...given }) as FilterArgs;

/** Selector, labels that it selects, labels that it does not. */
const SELECTORS: readonly (readonly [text: string, yes: readonly Labels[], no: readonly Labels[]])[] = [
  ['', [{}, { a: 'b' }], []],
  ['  ', [{}], []],
  ['a=b', [{ a: 'b', c: 'd' }], [{}, { a: 'c' }]],
  ['a==b', [{ a: 'b' }], [{ a: 'bb' }]],
  [' a = b ', [{ a: 'b' }], [{}]],
  ['a!=b', [{}, { a: 'c' }], [{ a: 'b' }]],
  ['a=', [{ a: '' }], [{}, { a: 'b' }]],
  ['a', [{ a: '' }, { a: 'b' }], [{ b: 'a' }]],
  ['!a', [{}, { b: 'a' }], [{ a: '' }]],
  ['! a', [{}], [{ a: '' }]],
  ['a in (b,c)', [{ a: 'b' }, { a: 'c' }], [{}, { a: 'd' }]],
  ['a in(b, c )', [{ a: 'c' }], [{ a: 'd' }]],
  ['a in (,b)', [{ a: '' }, { a: 'b' }], [{}]],
  ['a notin (b,c)', [{}, { a: 'd' }], [{ a: 'b' }]],
  ['a=b,c!=d', [{ a: 'b' }], [{ a: 'b', c: 'd' }, { c: 'e' }]],
  ['a in (b,c),!d,e', [{ a: 'b', e: '' }], [{ a: 'b' }, { a: 'b', d: '', e: '' }]],
  ['example.com/a=b', [{ 'example.com/a': 'b' }], [{ a: 'b' }]],
  ['in=b,notin', [{ in: 'b', notin: '' }], [{ in: 'b' }]],
];

for (const [text, yes, no] of SELECTORS) {
  test(`-l ${JSON.stringify(text)}`, () => {
    const parsed = parseSelector(text);
    assert.ok('selector' in parsed, JSON.stringify(parsed));
    for (const labels of yes) assert.ok(selects(parsed.selector, labels), JSON.stringify(labels));
    for (const labels of no) assert.not.ok(selects(parsed.selector, labels), JSON.stringify(labels));
  });
}

const WRONG = [
  ...['=', ',', 'a,', ',a', 'a,,b', '!', 'a=b=c', 'a=b c', 'a b', 'a in', 'a in b', 'a in (b', 'a in ()'],
  ...['a in (b))', 'a>1', 'a=!b', '!a=b', '-a', 'a=-b', 'a/b/c', 'a in (b c)', `a=${'b'.repeat(64)}`],
];

for (const text of WRONG) {
  test(`wrong: -l ${JSON.stringify(text)}`, () => {
    assert.ok('problem' in parseSelector(text));
    assert.throws(
      () => readFilter(args({ selector: text })),
      (error: unknown) => error instanceof UsageError && error.message.startsWith(`--selector ${text}: `),
    );
  });
}

test('-n is repeated or separated by commas; -A comes before it', () => {
  assert.equal(readFilter(args({})), NO_FILTER);
  assert.equal(readFilter(args({ namespace: ['a,b', ' c'] })).namespaces, new Set(['a', 'b', 'c']));
  assert.is(readFilter(args({ namespace: ['a'], allNamespaces: true })).namespaces, 'all');
  for (const namespace of ['', 'a,', ' ']) {
    assert.throws(() => readFilter(args({ namespace: [namespace] })), /-n needs the name of a namespace/);
  }
});

test('namespaces and labels must both pass', () => {
  const filter = readFilter(args({ namespace: ['a'], selector: 'x=y' }));
  assert.ok(passes(filter, { namespace: 'a', labels: { x: 'y' } }));
  assert.not(passes(filter, { namespace: 'b', labels: { x: 'y' } }));
  assert.not(passes(filter, { namespace: 'a', labels: {} }));
});

test.run();
