/** From paths to objects: files, directories, standard input, YAML, JSON and Lists. */
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type LoadResult, loadFiles } from '../../src/cluster/load.ts';
import { formatDiagnostic } from '../../src/objects/format-diagnostic.ts';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { run } from '../support/subprocess.ts';
import { codes } from './support.ts';

const namespace = (name: string) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`;
const json = (value: unknown) => JSON.stringify(value);
const namespaceJson = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const names = ({ objects }: LoadResult) => objects.map(({ name }) => name);

/** Loads one text as a file of this name. */
function load(text: string | Uint8Array, file = 'input.yaml'): Promise<LoadResult> {
  return withFiles({}, (folder) => {
    writeFileSync(join(folder, file), text);
    return loadFiles([join(folder, file)]);
  });
}

/** Names of what a text holds, of which no message may come. */
async function clean(text: string | Uint8Array, file?: string): Promise<string[]> {
  const result = await load(text, file);
  assert.equal(result.diagnostics.map(formatDiagnostic), []);
  return names(result);
}

test('directories are read with everything below them, in order, and only manifests', async () => {
  const files = {
    'b.yml': namespace('b'),
    'a.yaml': namespace('a'),
    'a/z.json': json(namespaceJson('z')),
    'a/deep/y.yaml': namespace('y'),
    'notes.txt': 'not: [yaml',
    'B.YAML': 'not: [yaml',
    yaml: 'not: [yaml',
  };
  const result = await withFiles(files, (folder) => loadFiles([folder]));
  assert.equal(names(result), ['y', 'z', 'a', 'b']);
  assert.equal(codes(result), []);
});

test('a file that is named is read whatever its name is', async () => {
  assert.equal(await clean(namespace('a'), 'notes.txt'), ['a']);
  assert.equal(await clean(json(namespaceJson('a')), 'no-extension'), ['a']);
});

test('a file is read once, however often it is reached, and circles of links end', async () => {
  const result = await withFiles({ 'a.yaml': namespace('a') }, (folder) => {
    mkdirSync(join(folder, 'sub'));
    symlinkSync('..', join(folder, 'sub', 'loop'));
    symlinkSync('../a.yaml', join(folder, 'sub', 'again.yaml'));
    return loadFiles([folder, folder, join(folder, 'a.yaml')]);
  });
  assert.equal(names(result), ['a']);
  assert.equal(codes(result), []);
});

test('what cannot be read is said, and the rest is read', async () => {
  const result = await withFiles({ 'a.yaml': namespace('a'), 'empty/x.txt': '' }, (folder) => {
    symlinkSync('self.yaml', join(folder, 'self.yaml'));
    symlinkSync('self', join(folder, 'self'));
    symlinkSync('nowhere', join(folder, 'dangling.yaml'));
    return loadFiles([
      join(folder, 'missing.yaml'),
      join(folder, 'a.yaml', 'b'),
      join(folder, 'empty'),
      folder,
    ]);
  });
  assert.equal(names(result), ['a']);
  assert.equal(codes(result).sort(), [
    'input-empty',
    'input-missing',
    'input-missing',
    'input-missing',
    'input-unreadable',
  ]);
});

test('an unreadable file is named with its reason', async () => {
  if (process.getuid?.() === 0) return; // root may read everything
  const result = await withFiles({ 'a.yaml': namespace('a') }, (folder) => {
    chmodSync(join(folder, 'a.yaml'), 0);
    return loadFiles([join(folder, 'a.yaml')]);
  });
  assert.match(formatDiagnostic(result.diagnostics[0] as never), /cannot be read: permission is denied/);
});

test('a pipe can be named, as a shell does for <(…)', async () => {
  const script =
    "import { loadFiles } from './packages/compiler/src/index.ts'; console.log((await loadFiles([process.argv[1]])).objects[0]?.name);";
  const command = `"$0" --input-type=module -e "$1" <(echo '${json(namespaceJson('piped'))}')`;
  const { stdout, stderr } = await run('bash', ['-c', command, process.execPath, script], { cwd: CHECKOUT });
  assert.is(stdout, 'piped\n', stderr);
});

test('- is standard input, of any format, and read once', async () => {
  const stdin = (text: string) => async () => new TextEncoder().encode(text);
  const read = (text: string) => loadFiles(['-', '-'], { stdin: stdin(text) });
  assert.equal(names(await read(namespace('a'))), ['a']);
  assert.equal(names(await read(json(namespaceJson('a')))), ['a']);
  const broken = await read('kind: [');
  assert.match(formatDiagnostic(broken.diagnostics[0] as never), /^<stdin>:1:\d+: /);
});

test('YAML: several documents, comments, anchors, merge keys, byte order mark, CRLF, empty documents', async () => {
  assert.equal(await clean(`---\n# nothing\n---\n${namespace('a')}---\n---\n${namespace('b')}...\n`), [
    'a',
    'b',
  ]);
  assert.equal(await clean(''), []);
  assert.equal(await clean('# only a comment\n'), []);
  assert.equal(await clean('null\n'), []);
  assert.equal(await clean(`\ufeff${namespace('a').replaceAll('\n', '\r\n')}`), ['a']);
  const anchors =
    'apiVersion: v1\nkind: Namespace\nmetadata:\n  labels: &l {a: b}\n  <<: {name: merged}\n  x: *l\n';
  assert.equal(await clean(anchors), ['merged']);
});

test('YAML: positions count lines and columns behind CRLF and anchors', async () => {
  const text = [
    'apiVersion: networking.k8s.io/v1',
    'kind: NetworkPolicy',
    'metadata: {name: a}',
    'spec:',
    '  ingress:',
    '  - ports: &ports',
    '    - port: 0',
    '  - ports: *ports',
  ].join('\r\n');
  const { diagnostics } = await load(text);
  assert.equal(
    diagnostics.map(({ source }) => [source?.line, source?.column]),
    [
      [7, 13],
      [7, 13],
    ],
  );
  assert.is(diagnostics[0]?.excerpt, '    - port: 0');
});

test("YAML: the booleans of Kubernetes' YAML are no texts", async () => {
  for (const word of ['yes', 'No', 'ON', 'off', 'true']) {
    assert.equal(
      codes(await load(`apiVersion: v1\nkind: Namespace\nmetadata: {name: ${word}}\n`)),
      ['field-type'],
      word,
    );
  }
  for (const word of ['y', 'N', 'yess', '"on"']) {
    assert.is((await clean(`apiVersion: v1\nkind: Namespace\nmetadata: {name: ${word}}\n`)).length, 1, word);
  }
});

test('a document that is broken hides no other', async () => {
  const result = await load(`${namespace('a')}---\nkind: [\n---\nx: 1\nx: 2\n---\n${namespace('b')}`);
  assert.equal(names(result), ['a', 'b']);
  assert.equal(codes(result), ['yaml-syntax', 'duplicate-key']);
});

test('texts that are made to exhaust the reader end in a message', async () => {
  const bomb = [
    'a: &a [x, x]',
    ...Array.from(
      { length: 40 },
      (_, i) =>
        `b${i}: &${'b'.repeat(i + 1)} [*${i === 0 ? 'a' : 'b'.repeat(i)}, *${i === 0 ? 'a' : 'b'.repeat(i)}]`,
    ),
  ];
  assert.equal(codes(await load(bomb.join('\n'))), ['too-many-aliases']);
  assert.equal(codes(await load('kind: List\nitems: &a [*a]\n')), ['not-an-object']);
  assert.equal(codes(await load('--- &a\nkind: List\nitems: [*a]\n')), ['nesting-too-deep']);
  const deep = 100_000;
  assert.equal(codes(await load(`a: ${'['.repeat(deep)}${']'.repeat(deep)}\n`)), ['nesting-too-deep']);
  const deepJson = `{"kind": "ConfigMap", "data": ${'['.repeat(deep)}${']'.repeat(deep)}}`;
  assert.equal(codes(await load(deepJson, 'deep.json')), []);
  assert.equal(codes(await load(`${'['.repeat(deep)}`, 'open.json')), ['json-syntax']);
  let list: unknown = namespaceJson('a');
  for (let i = 0; i < 50; i++) list = { kind: 'List', items: [list] };
  assert.equal(codes(await load(json(list), 'lists.json')), ['nesting-too-deep']);
});

test('an anchor may be used many times', async () => {
  const uses = Array.from({ length: 500 }, (_, i) => `  l${i}: *l\n`).join('');
  assert.equal(
    await clean(`apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\nx:\n  l: &l {a: b}\n${uses}`),
    ['a'],
  );
});

test('JSON: one value, several, pretty-printed or not, and empty', async () => {
  const [a, b] = [namespaceJson('a'), namespaceJson('b')];
  assert.equal(await clean(json(a), 'a.json'), ['a']);
  assert.equal(await clean(`\ufeff${JSON.stringify(a, null, 2)}\n`, 'a.json'), ['a']);
  assert.equal(await clean(`${json(a)}\n${json(b)}\n`, 'a.json'), ['a', 'b']);
  assert.equal(await clean(`${json(a)}\n${json(b)}\n`, 'log'), ['a', 'b']);
  assert.equal(await clean('', 'a.json'), []);
  assert.equal(await clean(' \n', 'a.json'), []);
  assert.equal(await clean(`{"apiVersion": "v1", kind: Namespace, metadata: {name: a}}\n`), ['a']);
});

test('JSON: positions in a list on one line', async () => {
  const broken = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'np', annotations: { 'a"b\\': 'tricky \\" {[' } },
    spec: { ingress: [{}, { ports: [{ port: 1 }, { port: 'no port' }] }] },
  };
  const text = json({
    apiVersion: 'v1',
    kind: 'List',
    items: [namespaceJson('a'), broken, namespaceJson('b')],
  });
  const result = await load(text, 'a.json');
  assert.equal(names(result), ['a', 'b']);
  assert.equal(
    result.diagnostics.map(({ source }) => source?.column),
    [text.indexOf('"no port"') + 1],
  );
});

test('rules and objects know their place', async () => {
  const text = `${namespace('a')}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np}\nspec:\n  ingress:\n  - {}\n  egress:\n  - {}\n  - ports:\n    - port: 1\n`;
  const { objects } = await load(text);
  const policy = objects.find((object) => 'tier' in object);
  if (!policy || !('tier' in policy)) throw new Error('no policy');
  const place = (source: { line: number; column: number } | undefined) => [source?.line, source?.column];
  assert.equal(place(policy.source), [5, 1]);
  assert.equal(place(policy.rules.ingress[0]?.source), [10, 5]);
  assert.equal(
    policy.rules.egress.map(({ source }) => place(source)),
    [
      [12, 5],
      [13, 5],
    ],
  );
});

test('items of a typed list inherit kind and apiVersion', async () => {
  const items = [
    { metadata: { name: 'a' } },
    { kind: null, metadata: { name: 'b' } },
    { kind: 'Node', metadata: { name: 'c' } },
  ];
  const list = { apiVersion: 'v1', kind: 'NamespaceList', metadata: {}, items };
  const result = await load(json(list), 'a.json');
  assert.equal(
    result.objects.map(({ kind, name }) => [kind, name]),
    [
      ['Namespace', 'a'],
      ['Namespace', 'b'],
      ['Node', 'c'],
    ],
  );
  assert.equal(codes(await load(json({ ...list, kind: 'List' }), 'a.json')), [
    'kind-missing',
    'kind-missing',
    'api-version-missing',
  ]);
  assert.equal(await clean(json({ apiVersion: 'v1', kind: 'PodList', items: null })), []);
});

test('lists in lists, and kinds that only look like lists', async () => {
  const inner = { apiVersion: 'v1', kind: 'NamespaceList', items: [{ metadata: { name: 'a' } }] };
  assert.equal(await clean(json({ apiVersion: 'v1', kind: 'List', items: [inner] })), ['a']);
  const result = await load(json({ apiVersion: 'x/v1', kind: 'AllowList', metadata: { name: 'a' } }));
  assert.equal([...result.skipped], [['AllowList', 1]]);
});

test('skipped kinds are counted', async () => {
  const text =
    'apiVersion: v1\nkind: Secret\n---\napiVersion: v1\nkind: Secret\n---\napiVersion: v1\nkind: __proto__\n';
  const { skipped, diagnostics } = await load(text);
  assert.equal(
    [...skipped],
    [
      ['Secret', 2],
      ['__proto__', 1],
    ],
  );
  assert.equal(diagnostics, []);
});

test('one name may occur once for each kind and namespace', async () => {
  const pod = (name: string, space: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${space}}\n---\n`;
  assert.equal(codes(await load(pod('a', 'x') + pod('a', 'y') + pod('b', 'x') + namespace('a'))), []);
  const files = { 'a.yaml': pod('a', 'x'), 'b.yaml': `# second\n${pod('a', 'x')}` };
  const result = await withFiles(files, (folder) => loadFiles([folder]));
  assert.equal(names(result), ['a']);
  assert.match(
    formatDiagnostic(result.diagnostics[0] as never),
    /b\.yaml:2:1: this is the second Pod x\/a; the first is at \S*a\.yaml:1:1/,
  );
  const tricky = pod('"b/c"', 'a') + pod('c', '"a/b"');
  assert.equal(codes(await load(tricky)), []);
});

test('text that is not UTF-8 is shown up to the bad byte', async () => {
  const bytes = Buffer.concat([Buffer.from('kind: ä\nname: é'), Buffer.from([0xe9, 0x0a])]);
  const { diagnostics } = await load(bytes);
  assert.equal(
    diagnostics.map(({ code, source }) => [code, source?.line, source?.column]),
    [['not-utf8', 2, 8]],
  );
});

test('a recording of 10,000 pods loads fast enough', async () => {
  const pod = (i: number) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-${i}`,
      namespace: 'shop',
      labels: { app: 'web', hash: 'abc' },
      uid: '0'.repeat(36),
    },
    spec: {
      nodeName: 'a',
      containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort: 80 }] }],
    },
    status: { phase: 'Running', podIPs: [{ ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` }] },
  });
  const text = json({
    apiVersion: 'v1',
    kind: 'List',
    items: Array.from({ length: 10_000 }, (_, i) => pod(i)),
  });
  const started = performance.now();
  const { objects } = await load(text, 'pods.json');
  const elapsed = performance.now() - started;
  assert.is(objects.length, 10_000);
  // Well above what it takes (about 100 ms), so that only a wrong order of growth fails on a busy machine.
  assert.ok(elapsed < 3000, `${elapsed} ms`);
});

test.run();
