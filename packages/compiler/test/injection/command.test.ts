/** Hostile texts through the whole command: what it prints, and what it says about them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lexNft } from '../property/lexer.ts';
import { withFiles } from '../support/checkout.ts';
import { MAIN } from '../support/golden.ts';
import { type Ended, runNode } from '../support/subprocess.ts';
import { clusterWith, manifest } from './cluster.ts';
import { CONTROL, MARKER, PAYLOADS } from './payloads.ts';
import { FORMAL_SITES, OPEN_SITES, type Site, type Texts } from './sites.ts';

const EVERYTHING = Object.values(PAYLOADS).join('');
/** What a file may be called: neither slash nor NUL, no half characters, not too long. */
const FILE_NAME = `"; ${MARKER} # } $(${MARKER})\n\r\t\\\x1b[31m\x9b2J\u2028\u202e'ä\u{1f44d}`;

const everywhere =
  (sites: readonly Site[], text: string): Texts =>
  (site) =>
    sites.includes(site) ? text : undefined;

/** Nothing that a terminal obeys, and no line that the messages about harmless texts would not have. */
function assertQuiet({ stderr }: Ended, twin?: Ended): void {
  for (const line of stderr.split('\n')) assert.not.match(line, CONTROL);
  if (twin) assert.is(stderr.split('\n').length, twin.stderr.split('\n').length, stderr);
}

function kncompile(stdin: string, ...args: string[]): Promise<Ended> {
  return runNode([MAIN, '--dry-run', '-f', '-', ...args], { stdin });
}

/** The command for a hostile text, and for a harmless one in its place. */
async function both(
  textWith: (name: string) => string,
  ...args: string[]
): Promise<{ hostile: Ended; twin: Ended }> {
  const [hostile, twin] = await Promise.all(
    [EVERYTHING, 'harmless'].map((name) => kncompile(textWith(name), ...args)),
  );
  return { hostile: hostile as Ended, twin: twin as Ended };
}

const list = (items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

test('names everywhere: the same text and numbers but for comments', async () => {
  const { hostile, twin } = await both((name) => manifest(everywhere(OPEN_SITES, name)), '--stats');
  assert.is(hostile.code, 0, hostile.stderr);
  assert.is(lexNft(hostile.stdout).syntax, lexNft(twin.stdout).syntax);
  const numbers = /(?:^# [a-z ]+: [0-9]+\n)+$/m;
  assert.is(numbers.exec(hostile.stdout)?.[0], numbers.exec(twin.stdout)?.[0]);
  assert.not.match(hostile.stdout, /[^\n\t -~]/);
  assertQuiet(hostile, twin);
});

test('names everywhere: the same data but for reasons and the name of the node', async () => {
  const { hostile, twin } = await both(
    (name) => manifest(everywhere(OPEN_SITES, name)),
    '-o',
    'json',
    '--stats',
  );
  const [a, b] = [hostile, twin].map(({ stdout }) => JSON.parse(stdout));
  assert.is(a.node, EVERYTHING);
  const plain = (data: object): string =>
    JSON.stringify(data, (key, value) => (key === 'reason' || key === 'node' ? undefined : value));
  assert.is(plain(a), plain(b));
});

test('names everywhere: a transaction from one to the other changes comments only', async () => {
  const sites = OPEN_SITES.filter((site) => site !== 'node name');
  await withFiles({ 'old.json': manifest(everywhere(sites, 'harmless')) }, async (folder) => {
    const stdin = manifest(everywhere(sites, EVERYTHING));
    const ended = await runNode([MAIN, '--diff', '-f', '-', '--from', `${folder}/old.json`], { stdin });
    assert.is(ended.code, 1, ended.stderr);
    const lines = lexNft(ended.stdout).syntax.trim().split('\n');
    const changed =
      /^(?:add|delete) element inet kncompile |^(?:flush chain|add rule|add chain|add table) inet /;
    for (const line of lines) assert.match(line, changed);
    assert.not(lines.some((line) => line.includes(MARKER)));
    assertQuiet(ended);
  });
});

test('values that the API refuses: messages that obey nobody', async () => {
  const documents = (text: string): string =>
    FORMAL_SITES.flatMap((site) => clusterWith(everywhere([site], text)))
      .map((object, number) => JSON.stringify({ ...object, metadata: { name: `${text} ${number}` } }))
      .join('\n---\n');
  const ended = await kncompile(documents(EVERYTHING), '--node', 'worker-1');
  assert.is(ended.code, 2);
  assert.match(ended.stderr, MARKER);
  assert.not(lexNft(ended.stdout).syntax.includes(MARKER));
  assertQuiet(ended);
});

test('ties, unknown ports, objects that come twice, workloads that want too much or cannot be read', async () => {
  const ofKind = (kind: string, texts: Texts): readonly object[] =>
    clusterWith(texts).filter((object) => 'kind' in object && object.kind === kind);
  const workload = (kind: string, name: string, replicas: unknown): object => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: name },
    spec: { replicas, template: {} },
  });
  const { hostile, twin } = await both((name) =>
    list([
      ...clusterWith(everywhere(OPEN_SITES, name)),
      ...clusterWith(everywhere(OPEN_SITES, name)),
      ...ofKind('AdminNetworkPolicy', everywhere(['AdminNetworkPolicy name'], `second ${name}`)),
      ...ofKind('NetworkPolicy', (site) =>
        site === 'policy port name' ? 'nobody' : site === 'NetworkPolicy name' ? `second ${name}` : undefined,
      ),
      workload('Deployment', name, 1001),
      workload('StatefulSet', name, name),
    ]),
  );
  for (const code of [
    'priority-tie',
    'named-port-undefined',
    'object-duplicate',
    'replicas-capped',
    'field-type',
  ])
    assert.match(hostile.stderr, `[${code}]`);
  assertQuiet(hostile, twin);
});

test('nodes to choose from', async () => {
  const nodes = (name: string): string =>
    list([
      ...clusterWith(everywhere(['node name'], `1 ${name}`)),
      ...clusterWith(everywhere(['node name'], `2 ${name}`)).slice(0, 1),
    ]);
  const { hostile, twin } = await both(nodes);
  assert.is(hostile.code, 2);
  assert.match(hostile.stderr, 'choose one with --node');
  assertQuiet(hostile, twin);
});

test('files and folders', async () => {
  const broken = 'kind: Pod\nmetadata: [';
  await withFiles(
    {
      [`${FILE_NAME}/${FILE_NAME}.yaml`]: broken,
      [`${FILE_NAME}/${FILE_NAME}.json`]: `{"kind": "Pod"}\n`,
      [`empty ${FILE_NAME}/${FILE_NAME}.txt`]: 'not read',
      'harmless.yaml': manifest(() => undefined),
    },
    async (folder) => {
      const paths = ['harmless.yaml', FILE_NAME, `empty ${FILE_NAME}`, `missing ${FILE_NAME}`];
      const flags = paths.flatMap((path) => ['-f', `${folder}/${path}`]);
      const ended = await runNode([MAIN, '--dry-run', ...flags]);
      assert.is(ended.code, 2);
      for (const code of ['yaml-syntax', 'api-version-missing', 'input-empty', 'input-missing'])
        assert.match(ended.stderr, `[${code}]`);
      assert.not(ended.stdout.includes(MARKER));
      assertQuiet(ended);
    },
  );
});

test.run();
