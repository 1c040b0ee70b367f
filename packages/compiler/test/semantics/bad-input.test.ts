/** S50 and S51: input that is broken, and input that is hostile. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Snapshot } from '../../src/decision/snapshot.ts';
import { printRuleset } from '../../src/nft/print.ts';
import { parseObject } from '../../src/objects/parse.ts';
import { lexNft } from '../property/lexer.ts';
import { address, clause, found, inWorld, judged, loadText, rulesetOf } from './clause.ts';
import { anp, np } from './documents.ts';

judged(
  'S50',
  'a broken object is rejected, and the others still count',
  [
    np('shop', 'broken', 'podSelector: {}\ningress: [{ ports: [{ port: 70000 }] }]'),
    anp(
      'broken',
      'priority: 5000\nsubject: { namespaces: {} }\ningress: [{ action: Deny, from: [{ namespaces: {} }] }]',
    ),
    'apiVersion: v1\nkind: Pod\nmetadata: { name: broken, namespace: shop }\nstatus: { podIPs: [{ ip: 10.0.1.300 }] }',
    np('bank', 'good', 'podSelector: {}'),
  ],
  `world -> shop/db tcp/80: allow
   world -> bank/web tcp/80: deny`,
  { messages: ['field-value', 'field-value', 'address-invalid'] },
);

clause('S50', 'it is rejected by name, with file, line and column', async () => {
  const text = `${np('shop', 'fine', 'podSelector: {}')}\n---\n${np('shop', 'broken', 'podSelector: {}\ningress:\n  - ports:\n      - port: 70000')}`;
  const { objects, diagnostics } = await loadText(text);
  const [error] = diagnostics;
  assert.is(diagnostics.length, 1);
  assert.equal(error?.object, { kind: 'NetworkPolicy', namespace: 'shop', name: 'broken' });
  const line = text.split('\n').findIndex((one) => one.includes('70000')) + 1;
  assert.equal([error?.source?.line, error?.source?.column], [line, 17]);
  assert.is(error?.field, 'spec.ingress[0].ports[0].port');
  assert.equal(
    objects.map(({ name }) => name),
    ['fine'],
  );
});

clause('S50', 'every error of an object is told, not only the first', async () => {
  const { diagnostics } = await loadText(
    np(
      'shop',
      'broken',
      'podSelector: {}\ningress: [{ ports: [{ port: 0 }, { port: 80, endPort: 79 }], from: [{}] }]',
    ),
  );
  assert.equal(diagnostics.map(({ code }) => code).sort(), ['field-value', 'peer-empty', 'port-range']);
});

const meta = { namespace: 'shop', name: 'p' };
const parse = (spec: unknown) =>
  parseObject({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta, spec });

clause(
  'S50',
  'what is left of a rejected policy still isolates what it selects, and allows no more than it says',
  async () => {
    const { object, remnant } = parse({
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [
        { ports: [{ port: 70000 }, { port: 81 }] },
        { from: [{}], ports: [{ port: 82 }] },
        { ports: [{ port: 80 }] },
      ],
    });
    assert.is(object, undefined);
    const { objects } = await inWorld();
    const snapshot = new Snapshot([...objects, found(remnant)]);
    const [source, destination] = [address('203.0.113.7'), address('10.0.1.12')];
    const verdicts = [80, 81, 82, 83].map(
      (port) => snapshot.judge('node-1', { source, destination, protocol: 6, port }).verdict,
    );
    assert.equal(verdicts, ['allow', 'deny', 'deny', 'deny']);
  },
);

clause('S50', 'of a policy whose subject cannot be read nothing is left', () => {
  const { object, remnant, diagnostics } = parse({ podSelector: { matchLabels: { app: 7 } }, ingress: [{}] });
  assert.equal([object, remnant], [undefined, undefined]);
  assert.is(diagnostics.length, 1);
});

clause('S50', 'nothing that may come as an object throws', () => {
  const odd = [
    null,
    undefined,
    0,
    '',
    'Pod',
    [],
    [[]],
    {},
    { kind: 7 },
    { kind: 'Pod' },
    { kind: 'Pod', apiVersion: 'v1', metadata: [] },
  ];
  for (const raw of odd) assert.is(parseObject(raw).object, undefined);
});

const HOSTILE = '"\n}\' ; # */ {{ $x \\ " accept\r\u2028\u{1f4a3}';

clause('S51', 'names of policies and rules reach comments only, and harmlessly', async () => {
  const documents = (name: string): string[] => [
    np('shop', `np${name}`, 'podSelector: {}\ningress: [{ ports: [{ port: 80 }] }]'),
    anp(
      `anp${name}`,
      `priority: 1\nsubject: { namespaces: {} }\negress: [{ name: ${JSON.stringify(`rule${name}`)}, action: Deny, to: [{ nodes: {} }] }]`,
    ),
  ];
  const [plain, hostile] = await Promise.all([inWorld(...documents('')), inWorld(...documents(HOSTILE))]);
  assert.equal(hostile.diagnostics, []);
  const text = printRuleset(rulesetOf(hostile.objects), { nameOf: () => HOSTILE });
  assert.not(/[^\n\t -~]/.test(text));
  assert.is(
    lexNft(text).syntax,
    lexNft(printRuleset(rulesetOf(plain.objects), { nameOf: () => 'x' })).syntax,
  );
  assert.ok(lexNft(text).strings.some((string) => string.startsWith('NetworkPolicy shop/np')));
});

clause(
  'S51',
  'labels, their keys, and the names of namespaces, nodes and pods reach nothing at all',
  async () => {
    const label = JSON.stringify(HOSTILE);
    const pod = (name: string, labels: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: { namespace: ${label}, name: ${name}, labels: ${labels} }\nspec: { nodeName: node-1 }\nstatus: { podIPs: [{ ip: 10.0.1.88 }] }`;
    const policy = 'podSelector: {}\ningress: [{ from: [{ namespaceSelector: {} }] }]';
    const plain = await inWorld(np('lab', 'p', policy), pod('x', '{ a: b }').replace(label, 'lab'));
    const hostile = await inWorld(np(label, 'p', policy), pod(label, `{ ${label}: ${label} }`));
    assert.equal(hostile.diagnostics, []);
    const [expected, actual] = [plain, hostile].map(
      ({ objects }) => lexNft(printRuleset(rulesetOf(objects))).syntax,
    );
    assert.is(actual, expected);
  },
);

test.run();
