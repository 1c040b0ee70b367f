/** Whatever the input holds: no exception, no changed prototype, no control character in a message. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { loadFiles } from '../../src/cluster/load.ts';
import { formatDiagnostic } from '../../src/objects/format-diagnostic.ts';
import { parseObject, readObject } from '../../src/objects/parse.ts';
import { CHECKOUT } from '../support/checkout.ts';

const EVIL_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  'kind',
  'spec',
];
const evilText = fc.constantFrom(
  '',
  '__proto__',
  '"; drop\n}',
  '\u001b[2J\r\n\u202e',
  '\ud800',
  '10.0.0.0/8',
  '::/0',
  '😀',
  'Deny',
  'In',
);
const evilValue = fc.oneof(
  evilText,
  fc.integer({ min: -2, max: 70000 }),
  fc.constantFrom(null, true, false, Number.NaN, Number.POSITIVE_INFINITY, 0.5, [], {}, [null], [[]]),
  fc.dictionary(fc.constantFrom(...EVIL_KEYS), evilText, { noNullPrototype: true }),
);
/** As JSON.parse would make it: `__proto__` is a key like any other. */
const garbage = fc
  .oneof(fc.jsonValue(), evilValue)
  .map((value) => JSON.parse(JSON.stringify(value) ?? 'null'));

/** Objects that are right, one of each kind and form. */
const GOOD: readonly object[] = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'np', namespace: 'shop' },
    spec: {
      podSelector: {
        matchLabels: { a: 'b' },
        matchExpressions: [{ key: 'c', operator: 'In', values: ['d'] }],
      },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: {}, namespaceSelector: {} }], ports: [{ port: 80, endPort: 90 }] }],
      egress: [
        { to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 'http' }] },
      ],
    },
  },
  {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name: 'anp' },
    spec: {
      priority: 1,
      subject: { pods: { namespaceSelector: {}, podSelector: {} } },
      ingress: [{ name: 'r', action: 'Deny', from: [{ namespaces: {} }], ports: [{ namedPort: 'http' }] }],
      egress: [
        {
          action: 'Allow',
          to: [{ networks: ['::/0'] }, { nodes: {} }],
          ports: [{ portNumber: { port: 1 } }],
        },
        { action: 'Allow', to: [{ domainNames: ['a.b'] }], ports: [{ portRange: { start: 1, end: 2 } }] },
      ],
    },
  },
  {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'cnp' },
    spec: {
      tier: 'Admin',
      priority: 1,
      subject: { namespaces: {} },
      egress: [
        {
          action: 'Accept',
          to: [{ namespaces: {} }],
          protocols: [{ tcp: { destinationPort: { number: 1 } } }],
        },
        {
          action: 'Pass',
          to: [{ nodes: {} }],
          protocols: [{ udp: { destinationPort: { range: { start: 1, end: 2 } } } }],
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      labels: { a: 'b' },
      ownerReferences: [{ kind: 'Job', name: 'j', controller: true }],
    },
    spec: { nodeName: 'n', hostNetwork: false, containers: [{ ports: [{ name: 'a', containerPort: 1 }] }] },
    status: { phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], hostIP: '10.0.0.2' },
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n' },
    spec: { podCIDRs: ['10.0.0.0/24'] },
    status: { addresses: [{ type: 'InternalIP', address: '10.0.0.2' }] },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c' },
    spec: { jobTemplate: { spec: { parallelism: 1, template: { metadata: { labels: {} }, spec: {} } } } },
  },
];

type Step = string | number;

/** Paths of all values in an object. */
function pathsOf(value: unknown, base: Step[] = []): Step[][] {
  if (typeof value !== 'object' || value === null) return [base];
  return [
    base,
    ...Object.entries(value).flatMap(([key, inner]) =>
      pathsOf(inner, [...base, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/** A copy with another value at a path; without one there is nothing left at it. */
function withValue(value: unknown, [step, ...rest]: Step[], replacement: unknown): unknown {
  if (step === undefined || (Array.isArray(value) && typeof step === 'string')) return replacement;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<Step, unknown>;
  const inner = withValue(copy[step], rest, replacement);
  if (inner === undefined) delete copy[step];
  else
    Object.defineProperty(copy, step, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

const mutation = fc
  .constantFrom(...GOOD)
  .chain((good) =>
    fc.tuple(
      fc.constant(good),
      fc.constantFrom(...pathsOf(good)),
      garbage,
      fc.option(fc.constantFrom(...EVIL_KEYS)),
    ),
  )
  .map(([good, path, value, key]) =>
    withValue(good, key === null ? path : [...path.slice(0, -1), key], value),
  );

/** Everything that an object of ours must never be changed by. */
function assertUntouched(): void {
  for (const prototype of [Object.prototype, Array.prototype]) {
    assert.equal(Object.keys(prototype), []);
    assert.is(({} as Record<string, unknown>)['polluted'], undefined);
  }
}

function assertSane(raw: unknown): void {
  const { outcome, diagnostics } = readObject(raw);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  assert.is(outcome.is === 'rejected', errors.length > 0, JSON.stringify(raw));
  for (const found of diagnostics) {
    assert.not.match(formatDiagnostic(found), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  }
  assertUntouched();
}

test('the good objects are good', () => {
  for (const good of GOOD) assert.equal(readObject(good).diagnostics, []);
});

test('garbage is no object', () => {
  fc.assert(fc.property(garbage, assertSane), { numRuns: 500 });
});

test('good objects with anything put anywhere', () => {
  fc.assert(fc.property(mutation, assertSane), { numRuns: 3000 });
});

test('an object is rejected exactly when there is an error, also after two changes', () => {
  const twice = fc.tuple(mutation, fc.constantFrom(...EVIL_KEYS), garbage);
  fc.assert(
    fc.property(twice, ([object, key, value]) =>
      assertSane(typeof object === 'object' && object !== null ? withValue(object, [key], value) : object),
    ),
    { numRuns: 500 },
  );
});

test('null is absent, wherever it stands in a mapping', () => {
  const fields = GOOD.flatMap((good) =>
    pathsOf(good)
      .filter((path) => typeof path.at(-1) === 'string')
      .map((path) => ({ good, path })),
  );
  for (const { good, path } of fields) {
    // A null among the labels of a selector would widen it silently, so it is an error of its own.
    if (path.includes('matchLabels') && path.at(-1) !== 'matchLabels') continue;
    const [nulled, absent] = [null, undefined].map((value) => readObject(withValue(good, path, value)));
    assert.equal(nulled, absent, path.join('.'));
  }
});

test('a __proto__ that comes out of JSON changes nothing', () => {
  const text =
    '{"__proto__": {"kind": "Pod", "polluted": 1}, "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "__proto__": {"namespace": "evil"}, "labels": {"__proto__": "x"}}}';
  const { object } = parseObject(JSON.parse(text));
  assert.is(object?.kind, 'Namespace');
  assertUntouched();
});

const FOLDER = join(CHECKOUT, 'fixtures', 'bad-input');
const TEXTS = readdirSync(FOLDER)
  .filter((file) => /\.(?:yaml|json)$/.test(file))
  .map((file) => readFileSync(join(FOLDER, file), 'utf8'))
  .filter((text) => text.length < 2000);

const snippet = fc.oneof(
  evilText,
  fc.constantFrom(
    '---\n',
    '\t',
    '{',
    ']',
    '*x',
    '&x ',
    '<<: ',
    '? ',
    '|',
    '!!binary ',
    '"',
    "'",
    ': ',
    '#',
    '%YAML 9\n',
    '__proto__: {polluted: 1}\n',
    '\ufeff',
    '\0',
  ),
);

test('texts that were cut, joined and sprinkled still load or say what is wrong', async () => {
  const text = fc
    .tuple(fc.constantFrom(...TEXTS), fc.constantFrom(...TEXTS), fc.nat(2000), fc.nat(2000), snippet)
    .map(([a, b, from, to, middle]) => a.slice(0, from) + middle + b.slice(to));
  await fc.assert(
    fc.asyncProperty(text, async (input) => {
      const { objects, diagnostics } = await loadFiles(['-'], {
        stdin: async () => new TextEncoder().encode(input),
      });
      for (const found of diagnostics) {
        assert.not.match(formatDiagnostic(found).replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        assert.ok(!found.source || (found.source.line >= 1 && found.source.column >= 1));
      }
      assert.ok(objects.every((object) => Object.isFrozen(object)));
      assertUntouched();
    }),
    { numRuns: 500 },
  );
});

test('random bytes load or say what is wrong', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await loadFiles(['-'], { stdin: async () => bytes });
    }),
    { numRuns: 300 },
  );
});

test.run();
