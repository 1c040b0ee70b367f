import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Conversion, convertPolicies, isOldKind } from '../../../src/analysis/convert/convert.ts';
import type { Policy } from '../../../src/model/types.ts';
import { parseObject } from '../../../src/objects/parse.ts';
import type { RawMapping } from '../../../src/objects/raw.ts';

const ALL = { namespaces: {} };
const PODS = { namespaces: {} };

const anp = (name: string, priority: number, spec: object = {}): RawMapping => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  metadata: { name },
  spec: { priority, subject: ALL, ...spec },
});
const banp = (spec: object = {}): RawMapping => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'BaselineAdminNetworkPolicy',
  metadata: { name: 'default' },
  spec: { subject: ALL, ...spec },
});
const cnp = (name: string, priority: number, tier = 'Admin'): RawMapping => ({
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  metadata: { name },
  spec: { tier, priority, subject: ALL },
});
const rule = (action: string, more: object = {}) => ({ action, from: [PODS], ...more });

function convert(...raws: RawMapping[]): Conversion {
  const read = raws.map((raw) => ({ raw, policy: parseObject(raw).object as Policy }));
  const old = read.filter(({ policy }) => isOldKind(policy));
  const conversion = convertPolicies(
    read.map(({ policy }) => policy),
    old,
  );
  assert.is(conversion.proof.counterexample, undefined);
  return conversion;
}

/** Name and priority of what came out. */
const placesOf = ({ manifests }: Conversion): [unknown, unknown][] =>
  manifests.map(({ metadata, spec }) => [(metadata as RawMapping)['name'], (spec as RawMapping)['priority']]);
const specOf = ({ manifests }: Conversion, at = 0) => manifests[at]?.['spec'] as Record<string, RawMapping[]>;
const refusalsOf = ({ refusals }: Conversion): string[] =>
  refusals.map(({ code, object, message }) => `${code} ${object?.kind} ${object?.name}: ${message}`);

test('every form of the older API has one in the newer', () => {
  const result = convert(
    anp('a', 7, {
      ingress: [
        {
          name: 'in',
          action: 'Allow',
          from: [{ pods: { namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: {} } }],
          ports: [
            { portNumber: { protocol: 'UDP', port: 53 } },
            { portNumber: { port: 80 } },
            { portRange: { start: 1, end: 9 } },
            { portRange: { protocol: 'SCTP', start: 5, end: 5 } },
            { namedPort: 'http' },
          ],
        },
      ],
      egress: [
        { action: 'Pass', to: [{ nodes: {} }, { networks: ['10.0.0.0/8', 'fd00::/8'] }] },
        { action: 'Allow', to: [{ domainNames: ['*.example.com'] }], ports: null },
        { action: 'Deny', to: [{ namespaces: { matchExpressions: [{ key: 'k', operator: 'Exists' }] } }] },
      ],
    }),
  );
  assert.equal(result.manifests, [
    {
      apiVersion: 'policy.networking.k8s.io/v1alpha2',
      kind: 'ClusterNetworkPolicy',
      metadata: { name: 'a' },
      spec: {
        tier: 'Admin',
        priority: 7,
        subject: ALL,
        ingress: [
          {
            name: 'in',
            action: 'Accept',
            from: [{ pods: { namespaceSelector: { matchLabels: { a: 'b' } }, podSelector: {} } }],
            protocols: [
              { udp: { destinationPort: { number: 53 } } },
              { tcp: { destinationPort: { number: 80 } } },
              { tcp: { destinationPort: { range: { start: 1, end: 9 } } } },
              { sctp: { destinationPort: { number: 5 } } },
              { destinationNamedPort: 'http' },
            ],
          },
        ],
        egress: [
          { action: 'Pass', to: [{ nodes: {} }, { networks: ['10.0.0.0/8', 'fd00::/8'] }] },
          { action: 'Accept', to: [{ domainNames: ['*.example.com'] }] },
          { action: 'Deny', to: [{ namespaces: { matchExpressions: [{ key: 'k', operator: 'Exists' }] } }] },
        ],
      },
    },
  ]);
});

test('labels and annotations stay, but not what kubectl last applied', () => {
  const raw = {
    ...anp('a', 1),
    metadata: {
      name: 'a',
      uid: 'x',
      labels: { team: 'net' },
      annotations: { note: 'n', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    },
  };
  assert.equal(convert(raw).manifests[0]?.['metadata'], {
    name: 'a',
    labels: { team: 'net' },
    annotations: { note: 'n' },
  });
});

test('the baseline comes last', () => {
  const result = convert(banp(), cnp('b', 999, 'Baseline'));
  assert.equal(placesOf(result), [['default', 1000]]);
  assert.is(specOf(result)['tier'], 'Baseline');
});

test('a rule with more peers and ports than the newer kind takes becomes several', () => {
  const from = Array.from({ length: 30 }, (_, i) => ({ namespaces: { matchLabels: { n: `v${i}` } } }));
  const ports = Array.from({ length: 60 }, (_, i) => ({ portNumber: { port: 1000 + i } }));
  const result = convert(
    anp('a', 1, { ingress: [{ name: 'r', action: 'Deny', from, ports }, rule('Allow')] }),
  );
  const rules = specOf(result)['ingress'] ?? [];
  assert.is(rules.length, 2 * 3 + 1);
  const sizes = rules.map((one) => [
    one['name'],
    (one['from'] as []).length,
    (one['protocols'] as [] | undefined)?.length,
  ]);
  assert.equal(sizes, [
    ['r', 25, 25],
    ['r', 25, 25],
    ['r', 25, 10],
    ['r', 5, 25],
    ['r', 5, 25],
    ['r', 5, 10],
    [undefined, 1, undefined],
  ]);
});

test('a policy with more rules becomes several that follow each other', () => {
  const ingress = Array.from({ length: 60 }, (_, i) => rule(i % 2 ? 'Deny' : 'Pass', { name: `r${i}` }));
  const result = convert(
    anp('long', 10, { ingress, egress: [{ action: 'Deny', to: [PODS] }] }),
    anp('next', 13),
  );
  assert.equal(placesOf(result), [
    ['long', 10],
    ['long-2', 11],
    ['long-3', 12],
    ['next', 13],
  ]);
  assert.equal(
    [0, 1, 2].map((at) => specOf(result, at)['ingress']?.length),
    [25, 25, 10],
  );
  assert.equal(
    [0, 1, 2].map((at) => specOf(result, at)['egress']?.length),
    [1, undefined, undefined],
  );
  assert.is(specOf(result, 2)['ingress']?.[9]?.['name'], 'r59');
  assert.equal(placesOf(convert(banp({ ingress: ingress.map((one) => ({ ...one, action: 'Deny' })) }))), [
    ['default', 998],
    ['default-2', 999],
    ['default-3', 1000],
  ]);
});

test('without room behind its priority a long policy stays', () => {
  const ingress = Array.from({ length: 26 }, () => rule('Deny'));
  const because = (of: Conversion) => refusalsOf(of).join();
  assert.match(because(convert(anp('a', 10, { ingress }), cnp('b', 11))), 'b has priority 11');
  assert.match(because(convert(anp('a', 10, { ingress }), anp('b', 10))), 'b has priority 10');
  assert.match(because(convert(anp('a', 1000, { ingress }))), '1000 is the last one');
  assert.match(because(convert(banp({ ingress }), cnp('b', 999, 'Baseline'))), 'b has priority 999');
  assert.equal(refusalsOf(convert(anp('a', 10, { ingress }), cnp('b', 11, 'Baseline'))), []);
});

test('a name that is taken stays where it is', () => {
  const result = convert(anp('a', 1), cnp('a', 2, 'Baseline'), anp('b', 3));
  assert.equal(refusalsOf(result), [
    'not-convertible AdminNetworkPolicy a: there is a ClusterNetworkPolicy a besides it',
  ]);
  assert.equal(placesOf(result), [['b', 3]]);
});

test('the baseline, which cannot be renamed, takes another name', () => {
  assert.equal(placesOf(convert(anp('default', 1), banp())), [
    ['default', 1],
    ['baseline', 1000],
  ]);
  const none = convert(cnp('default', 1), cnp('baseline', 2), banp());
  assert.is(none.refusals.length, 1);
});

test('equal priorities: who would change places stays', () => {
  // S8: the AdminNetworkPolicy is asked first whatever its name; among ClusterNetworkPolicies the name decides.
  assert.equal(placesOf(convert(anp('a', 5), cnp('b', 5))), [['a', 5]]);
  const result = convert(anp('b', 5), cnp('a', 5));
  assert.equal(placesOf(result), []);
  assert.match(refusalsOf(result)[0] ?? '', 'asked before ClusterNetworkPolicy a');
  assert.equal(placesOf(convert(anp('b', 5), anp('a', 5))), [
    ['b', 5],
    ['a', 5],
  ]);
  // What stays behind is an AdminNetworkPolicy, and so overtakes one of its priority that is converted.
  assert.equal(placesOf(convert(anp('b', 5), cnp('a', 2), cnp('b', 6), anp('a', 5))), []);
  assert.is(convert(banp(), cnp('a', 1000, 'Baseline')).refusals.length, 0);
  assert.is(convert(banp(), cnp('z', 1000, 'Baseline')).refusals.length, 1);
});

test('a rule that fails closed has no other word for it', () => {
  for (const odd of [
    { from: [{}] },
    { from: [{ fqdns: ['x'] }] },
    { from: [{ networks: ['10.0.0.0/8'] }] },
  ]) {
    for (const action of ['Allow', 'Deny', 'Pass']) {
      const result = convert(anp('a', 1, { ingress: [{ action, ...odd }] }), anp('b', 2));
      assert.match(refusalsOf(result).join(), 'fails closed');
      assert.equal(placesOf(result), [['b', 2]]);
    }
  }
});

test.run();
