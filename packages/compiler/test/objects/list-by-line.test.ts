import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { LIST_END, LIST_START, readWholeJson } from '../../src/objects/json.ts';
import type { SourceDocument } from '../../src/objects/origin.ts';
import { readInputs } from '../../src/objects/read-inputs.ts';
import type { Path } from '../../src/objects/report.ts';

const ITEMS = [
  { kind: 'Pod', metadata: { name: 'a"}\n,{' } },
  { kind: 'Pod', metadata: { name: 'b', labels: { x: '[' } }, spec: null },
  {},
];
const byLine = (items: readonly object[]): string =>
  `${LIST_START}${items.map((item) => JSON.stringify(item)).join(',\n')}\n${LIST_END}\n`;

const PATHS: readonly Path[] = [
  [],
  ['items'],
  ['items', 0],
  ['items', 0, 'metadata', 'name'],
  ['items', 1],
  ['items', 1, 'metadata', 'labels', 'x'],
  ['items', 1, 'spec'],
  ['items', 1, 'nothing'],
  ['items', 2],
];

const read = (text: string): SourceDocument => {
  const document = readWholeJson('f', text);
  if (!document) throw new Error('no document');
  return document;
};

test('a List with an item on each line has the values and places of any other', () => {
  const text = byLine(ITEMS);
  // A blank in front is all that it takes to be read the other way.
  const [fast, slow] = [read(text), read(` ${text}`)];
  assert.equal(fast.value, slow.value);
  assert.equal(fast.value, JSON.parse(text));
  for (const path of PATHS.slice(2)) {
    for (const part of ['key', 'value'] as const) {
      assert.equal(fast.origin.sourceOf(path, part), slow.origin.sourceOf(path, part), path.join('.'));
    }
    assert.equal(fast.duplicateKeys?.(path), []);
  }
  assert.equal(fast.origin.sourceOf([], 'value'), { file: 'f', line: 1, column: 1 });
  assert.equal(fast.origin.sourceOf(['items', 1], 'value'), { file: 'f', line: 3, column: 1 });
});

test('whatever looks like one and is none is read as it is', () => {
  const texts = [
    `${LIST_START}\n${LIST_END}\n`,
    `${LIST_START}{"kind":"Pod"}]}`,
    `${LIST_START}{"kind":\n"Pod"},\n{}\n${LIST_END}`,
    `${LIST_START}{},{}\n${LIST_END}`,
    `${LIST_START}{}\n,{}\n${LIST_END}\n\n `,
    `${LIST_START}{}\n],"metadata":{}}`,
    `${LIST_START}{}\r\n${LIST_END}\r\n`,
  ];
  for (const text of texts) {
    assert.equal(readWholeJson('f', text)?.value, JSON.parse(text), text);
  }
  for (const broken of [
    `${LIST_START}`,
    `${LIST_START}{},\n${LIST_END}`,
    `${LIST_START}{}\n`,
    `${LIST_START}{}\n${LIST_END}x`,
  ])
    assert.is(readWholeJson('f', broken), undefined, broken);
});

/** Everything that is read and said. */
const inputsOf = async (text: string): Promise<unknown> => {
  const seen: unknown[] = [];
  const inputs = await readInputs(
    ['-'],
    async () => Buffer.from(text),
    ({ ref, outcome }) => seen.push([ref, outcome.is]),
  );
  const { objects, diagnostics, skipped, remnants, workloads } = inputs;
  return { seen, objects, diagnostics, skipped: [...skipped], remnants, workloads };
};

test('its pods are read as those of any other, faults and all', async () => {
  const pod = (name: string, status: object, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    status,
  });
  const text = byLine([
    pod('a', { podIP: '10.0.0.1' }, { labels: { app: 'a' } }),
    pod('b', { podIP: '10.0.0.300' }),
    pod('c', { podIPs: [{ ip: 7 }] }),
    pod('a', { podIP: '10.0.0.2' }),
    pod('', {}),
    { apiVersion: 'v2', kind: 'Pod', metadata: { name: 'd' } },
    { kind: 'Pod', metadata: { name: 'e' } },
    { apiVersion: 'v1', kind: 'PodList', items: [pod('f', { podIP: 'x' })] },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } },
  ]);
  // The blank goes where it moves nothing but the end of the first line.
  const other = text.replace('[\n', '[ \n');
  assert.ok(other !== text);
  assert.equal(await inputsOf(text), await inputsOf(other));
  // What follows the pods makes the whole text no JSON: nothing of it counts, as ever.
  const seen = await inputsOf(text.replace(LIST_END, ']'));
  assert.equal(seen, await inputsOf(other.replace(LIST_END, ']')));
});

test.run();
