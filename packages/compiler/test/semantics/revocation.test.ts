/** S47: connections that outlive their permission, or do not. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Compiler } from '../../src/compiler/compiler.ts';
import { type CompileOptions, DEFAULT_OPTIONS } from '../../src/compiler/options.ts';
import type { ModelObject } from '../../src/model/types.ts';
import { simulate } from '../../src/ruleset/simulate.ts';
import { address, clause, found, inWorld } from './clause.ts';
import { anp, np, pod } from './documents.ts';
import { packet, reply, verdictOf } from './packets.ts';

const [WEB, DB] = [address('10.0.1.11'), address('10.0.1.12')];

const OPEN = np(
  'shop',
  'p',
  'podSelector: { matchLabels: { app: db } }\ningress: [{ from: [{ podSelector: {} }] }]',
);
const CLOSED = np('shop', 'p', 'podSelector: { matchLabels: { app: db } }');

/** Opens a connection under the first documents, commits the second, and tells what its packets meet then. */
async function change(
  before: readonly string[],
  after: readonly string[],
  options: Partial<CompileOptions> = {},
): Promise<{ original: string; reply: string; moved: boolean }> {
  const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: 'node-1', ...options });
  const old = (await inWorld(...before)).objects;
  for (const object of old) compiler.set(object);
  compiler.commit();
  const first = compiler.ruleset();
  const { verdict, ctMark } = simulate(first, packet(WEB, DB));
  assert.is(verdict, 'accept', 'allowed before');
  const fresh = (await inWorld(...after)).objects;
  const names = new Set(fresh.map(nameOf));
  for (const object of old)
    if (!names.has(nameOf(object)))
      compiler.delete({
        kind: object.kind,
        namespace: 'namespace' in object ? object.namespace : '',
        name: object.name,
      });
  const known = new Set(old.map(textOf));
  for (const object of fresh) if (!known.has(textOf(object))) compiler.set(object);
  compiler.commit();
  const second = compiler.ruleset();
  return {
    original: verdictOf(second, packet(WEB, DB, { state: 'established', ctMark })),
    reply: verdictOf(second, reply(DB, WEB, ctMark)),
    moved: first.generation !== second.generation,
  };
}

/** An object as text, apart from where it was read. */
const textOf = (object: ModelObject): string =>
  JSON.stringify(object, (key, value) =>
    key === 'source' ? undefined : typeof value === 'bigint' ? `${value}` : value,
  );

const nameOf = (object: ModelObject): string =>
  `${object.kind}/${'namespace' in object ? object.namespace : ''}/${object.name}`;

const DENY = anp(
  'deny',
  'priority: 1\nsubject: { namespaces: { matchLabels: { team: red } } }\ningress: [{ action: Deny, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: web } } } }] }]',
);

/** What changes, from, to. */
const LOSSES: readonly (readonly [what: string, before: readonly string[], after: readonly string[]])[] = [
  ['a policy that isolates is added', [], [CLOSED]],
  ['the allowing rule goes', [OPEN], [CLOSED]],
  [
    'an allowing policy goes and another one isolates',
    [OPEN, np('shop', 'q', 'podSelector: {}')],
    [np('shop', 'q', 'podSelector: {}')],
  ],
  ['a denial comes before the permission', [OPEN], [OPEN, DENY]],
  [
    'the allowed ports shrink',
    [OPEN],
    [np('shop', 'p', 'podSelector: { matchLabels: { app: db } }\ningress: [{ ports: [{ port: 81 }] }]')],
  ],
];

for (const [what, before, after] of LOSSES) {
  clause('S47', `a connection stops in both directions with the commit in which ${what}`, async () => {
    assert.equal(await change(before, after), { original: 'drop', reply: 'drop', moved: true });
  });
  clause('S47', `with --established=keep it goes on when ${what}`, async () => {
    assert.equal(await change(before, after, { established: 'keep' }), {
      original: 'accept',
      reply: 'accept',
      moved: false,
    });
  });
}

clause('S47', 'a connection that is still allowed goes on, by the new permission', async () => {
  const { original, reply: back } = await change(
    [OPEN],
    [np('shop', 'p', 'podSelector: { matchLabels: { app: db } }\ningress: [{ ports: [{ port: 80 }] }]')],
  );
  assert.equal([original, back], ['accept', 'accept']);
});

clause('S47', 'pods that come elsewhere take nothing away: every connection keeps its stamp', async () => {
  const more = [pod('bank', 'new', '10.0.1.80'), pod('lab', 'far', '10.0.2.80').replace('node-1', 'node-2')];
  assert.equal(await change([OPEN], [OPEN, ...more]), { original: 'accept', reply: 'accept', moved: false });
});

clause(
  'S47',
  'an address that passes from pod to pod through nobody’s hands takes no permission along (S44)',
  async () => {
    const compiler = new Compiler({ ...DEFAULT_OPTIONS, node: 'node-1' });
    const remote = (name: string, app: string): string =>
      pod('shop', name, '10.0.2.77', `{ app: ${app} }`).replace('node-1', 'node-2');
    const { objects } = await inWorld(
      anp(
        'deny',
        'priority: 1\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: bad } } } }] }]',
      ),
      remote('first', 'good'),
    );
    for (const object of objects) compiler.set(object);
    compiler.commit();
    const source = address('10.0.2.77');
    const { verdict, ctMark } = simulate(compiler.ruleset(), packet(source, DB));
    assert.is(verdict, 'accept');
    compiler.delete({ kind: 'Pod', namespace: 'shop', name: 'first' });
    compiler.commit();
    const heir = (await inWorld(remote('second', 'bad'))).objects.find(({ name }) => name === 'second');
    compiler.set(found(heir));
    compiler.commit();
    const packets = [packet(source, DB, { state: 'established', ctMark }), reply(DB, source, ctMark)];
    assert.equal(
      packets.map((one) => verdictOf(compiler.ruleset(), one)),
      ['drop', 'drop'],
    );
  },
);

test.run();
