import { type Address, type ModelObject, parseObject, Snapshot } from '@kncompile/compiler';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { standInFor } from '../../src/source/stand-in.ts';
import {
  adminPolicyManifest,
  namespaceManifest,
  podManifest,
  policyManifest,
} from '../support/api-server/manifests.ts';
import type { Manifest } from '../support/api-server/store.ts';

const CLUSTER = [
  namespaceManifest('default'),
  podManifest('web', '10.0.0.1', { app: 'web' }),
  podManifest('db', '10.0.0.2', { app: 'db' }),
  podManifest('good', '10.0.0.3', { app: 'good' }, 'node-b'),
  podManifest('bad', '10.0.0.4', { app: 'bad' }, 'node-b'),
].map(modelOf);

function modelOf(raw: Manifest): ModelObject {
  const { object, diagnostics } = parseObject(raw);
  if (!object) throw new Error(JSON.stringify(diagnostics));
  return object;
}

function standIn(raw: Manifest, previous?: Manifest) {
  const result = parseObject(raw);
  assert.is(result.object, undefined, 'the policy is broken');
  return standInFor(previous && modelOf(previous), result);
}

/** Who reaches which port 80: `good>web` and the like. */
function allowed(policies: readonly (ModelObject | undefined)[]): string[] {
  const snapshot = new Snapshot([...CLUSTER, ...policies.filter((policy) => policy !== undefined)]);
  const pods = snapshot.cluster.pods;
  return pods.flatMap((from) =>
    pods.flatMap((to) => {
      const attempt = {
        source: from.addresses[0] as Address,
        destination: to.addresses[0] as Address,
        protocol: 6,
        port: 80,
      };
      if (from === to) return [];
      const fine = ['node-a', 'node-b'].every((node) => snapshot.judge(node, attempt).verdict === 'allow');
      return fine ? [`${from.name}>${to.name}`] : [];
    }),
  );
}

const from = (app: string) => [{ podSelector: { matchLabels: { app } } }];
const anp = (name: string, rules: unknown, priority = 10): Manifest =>
  adminPolicyManifest(name, priority, rules);
const peers = (app: string) => [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app } } } }];
const withSpec = (manifest: Manifest, spec: object): Manifest => ({
  ...manifest,
  spec: { ...(manifest['spec'] as object), ...spec },
});

test('S50: a broken policy isolates what it selects, and its good rules permit nothing', () => {
  const broken = policyManifest('a', 'web', [{ from: from('good') }, { ports: [{ port: 99999 }] }]);
  const { object, is } = standIn(broken);
  assert.is(is, 'remnant');
  const all = allowed([object]);
  assert.not(all.some((pair) => pair.endsWith('>web')));
  assert.ok(all.includes('good>db'));
});

test('S50: next to a good policy a broken one adds nothing', () => {
  const good = modelOf(policyManifest('good', 'web', [{ from: from('good') }]));
  const { object } = standIn(policyManifest('broken', 'web', [{ from: from('bad') }, { from: [{}] }]));
  assert.equal(allowed([good, object]), allowed([good]));
  assert.ok(allowed([good]).includes('good>web'));
});

test('S50: where nothing is known there is nothing to stand in', () => {
  const broken = withSpec(anp('a', []), { subject: { planets: {} } });
  assert.equal(standIn(broken), { object: undefined, is: 'nothing' });
});

test('S50: an unreadable subject leaves the last one isolated, without its permissions', () => {
  for (const spec of [{ podSelector: 'x' }, { podSelector: { matchLabels: { app: null } } }]) {
    const before = policyManifest('a', 'web', [{ from: from('good') }]);
    const { object, is } = standIn(withSpec(before, spec), before);
    assert.is(is, 'previous');
    assert.not(allowed([object]).some((pair) => pair.endsWith('>web')));
    assert.ok(allowed([object]).includes('good>db'), 'and nothing else');
  }
});

test('S50: unreadable directions are closed', () => {
  for (const [spec, source] of [
    [{ policyTypes: ['Egress', 'Sideways'] }, 'web'],
    [{ policyTypes: undefined, egress: 'x' }, 'web'],
    [{ policyTypes: 7 }, 'web'],
  ] as const) {
    const { object, is } = standIn(withSpec(policyManifest('a', 'web', []), spec));
    assert.is(is, 'remnant');
    assert.not(
      allowed([object]).some((pair) => pair.startsWith(`${source}>`)),
      JSON.stringify(spec),
    );
  }
  const tiered = standIn(withSpec(anp('a', []), { ingress: 'x' }));
  assert.equal(allowed([tiered.object]), []);
  const tooMany = standIn(anp('a', Array(101).fill({ action: 'Allow', from: [{ namespaces: {} }] })));
  assert.equal(allowed([tooMany.object]), []);
});

test('S50: a Pass of a broken policy opens nothing that comes later', () => {
  const closed = modelOf(policyManifest('closed', 'web'));
  const later = modelOf(anp('later', [{ action: 'Allow', from: peers('good') }], 20));
  const before = anp('a', [{ action: 'Pass', from: peers('good') }]);
  assert.not(allowed([closed, later, modelOf(before)]).includes('good>web'), 'passed on to isolation');
  const { object, is } = standIn(withSpec(before, { subject: {} }), before);
  assert.is(is, 'previous');
  assert.not(allowed([closed, later, object]).includes('good>web'));
});

test('S50: a broken pod, namespace or node stays what it was', () => {
  const before = podManifest('web', '10.0.0.1', { app: 'web' });
  const broken = { ...before, status: { podIP: 'nonsense' } };
  const previous = modelOf(before);
  assert.equal(standInFor(previous, parseObject(broken)), { object: previous, is: 'previous' });
  assert.equal(standInFor(undefined, parseObject(broken)), { object: undefined, is: 'nothing' });
});

const RULES = [
  { action: 'Allow', from: peers('good') },
  { action: 'Deny', from: peers('good') },
  { action: 'Pass', from: peers('good') },
  { action: 'Deny', from: [{ namespaces: {} }] },
  { action: 'Allow', from: [{ planets: {} }] },
];
const DEFECTS: readonly object[] = [
  { subject: {} },
  { subject: { namespaces: { matchLabels: { x: 7 } } } },
  { priority: 'high' },
  { priority: undefined },
  { ingress: 'x' },
  { ingress: [...RULES.slice(0, 3), { action: 'Allow', from: 'x' }] },
  { ingress: [{ action: 'Perhaps', from: peers('bad') }, RULES[0]] },
  { ingress: [{ action: 'Deny', from: peers('good'), ports: [{ portNumber: { port: 0 } }] }] },
];

test('S50: whatever breaks, nothing is allowed that was not before, nor would be without the policy', () => {
  const others = [
    modelOf(policyManifest('closed', 'web', [{ from: from('bad') }])),
    modelOf(anp('later', [{ action: 'Allow', from: peers('good') }], 20)),
  ];
  for (const first of RULES)
    for (const second of RULES) {
      const before = anp('a', [first, second]);
      const earlier = allowed([...others, modelOf(before)]);
      const without = allowed(others);
      for (const defect of DEFECTS) {
        // Where the new subject or rules can be read they count, so only what they restrict can be compared.
        const { object, is } = standIn(withSpec(before, defect), before);
        const now = allowed([...others, object]);
        const what = JSON.stringify([first, second, defect]);
        assert.equal(
          now.filter((pair) => !without.includes(pair)),
          [],
          `${what} against nothing`,
        );
        if (is === 'previous')
          assert.equal(
            now.filter((pair) => !earlier.includes(pair)),
            [],
            what,
          );
      }
    }
});

test.run();
