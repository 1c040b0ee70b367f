import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { allPorts, spanOf } from '../../src/values/ports.ts';
import { cidr, clean, codes, label, networkPolicy, policy } from './support.ts';

/** The first ingress rule of a policy with these peers and ports. */
function rule(parts: object) {
  return clean(networkPolicy({ ingress: [parts] })).rules.ingress[0];
}

function isolation(spec: unknown) {
  return clean(networkPolicy(spec)).isolates;
}

const inShop = (pods: unknown) => ({ kind: 'pods', namespaces: { name: 'shop' }, pods });

test('S10: a missing, null or empty podSelector selects all pods of the namespace', () => {
  for (const spec of [undefined, null, {}, { podSelector: null }, { podSelector: {} }]) {
    assert.equal(clean(networkPolicy(spec)).subject, inShop([]));
  }
});

test('S11: what isolates follows from policyTypes, or else from the egress rules', () => {
  assert.equal(isolation({}), { ingress: true, egress: false });
  assert.equal(isolation({ policyTypes: [] }), { ingress: true, egress: false });
  assert.equal(isolation({ policyTypes: null, egress: [] }), { ingress: true, egress: false });
  assert.equal(isolation({ egress: null }), { ingress: true, egress: false });
  assert.equal(isolation({ egress: [{}] }), { ingress: true, egress: true });
  assert.equal(isolation({ policyTypes: ['Egress'] }), { ingress: false, egress: true });
  assert.equal(isolation({ policyTypes: ['Ingress'], egress: [{}] }), { ingress: true, egress: false });
  assert.equal(isolation({ policyTypes: ['Ingress', 'Egress'] }), { ingress: true, egress: true });
});

test('S13: no ingress rules, however they are missing; and the rule that allows all', () => {
  for (const ingress of [undefined, null, []]) {
    assert.equal(clean(networkPolicy({ ingress })).rules.ingress, []);
  }
  const all = rule({});
  assert.is(all?.peers, 'any');
  assert.is(all?.ports, 'any');
  assert.is(all?.action, 'allow');
});

test('S14: missing, null and empty peers and ports are no restriction', () => {
  for (const nothing of [undefined, null, []]) {
    assert.is(rule({ from: nothing })?.peers, 'any');
    assert.is(rule({ ports: nothing })?.ports, 'any');
    assert.is(clean(networkPolicy({ egress: [{ to: nothing }] })).rules.egress[0]?.peers, 'any');
  }
});

test('S16, S17, S18: selectors of a peer', () => {
  const web = { matchLabels: { app: 'web' } };
  const prod = { matchLabels: { env: 'prod' } };
  assert.equal(rule({ from: [{ podSelector: web }] })?.peers, [inShop(label('app', 'web'))]);
  assert.equal(rule({ from: [{ podSelector: {} }] })?.peers, [inShop([])]);
  assert.equal(rule({ from: [{ namespaceSelector: {} }] })?.peers, [
    { kind: 'pods', namespaces: { selector: [] }, pods: [] },
  ]);
  assert.equal(rule({ from: [{ namespaceSelector: prod, podSelector: web }] })?.peers, [
    { kind: 'pods', namespaces: { selector: label('env', 'prod') }, pods: label('app', 'web') },
  ]);
  assert.equal(rule({ from: [{ namespaceSelector: prod }, { podSelector: web }] })?.peers, [
    { kind: 'pods', namespaces: { selector: label('env', 'prod') }, pods: [] },
    inShop(label('app', 'web')),
  ]);
  assert.equal(rule({ from: [{ podSelector: web, namespaceSelector: null }] })?.peers, [
    inShop(label('app', 'web')),
  ]);
});

test('S19: an empty peer, and ipBlock next to a selector, are errors', () => {
  const from = (peer: unknown) => codes(networkPolicy({ ingress: [{ from: [peer] }] }));
  assert.equal(from({}), ['peer-empty']);
  assert.equal(from({ podSelector: null }), ['peer-empty']);
  assert.equal(from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }), ['peer-ambiguous']);
  assert.equal(from({ namespaceSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }), ['peer-ambiguous']);
  assert.equal(from({ podSelector: {}, ipBlock: null }), []);
});

test('S21: requirements are sorted, and matchLabels are requirements with one value', () => {
  const podSelector = {
    matchLabels: { b: '', a: 'x' },
    matchExpressions: [
      { key: 'tier', operator: 'NotIn', values: ['web', 'api', 'web'] },
      { key: 'old', operator: 'DoesNotExist', values: null },
      { key: 'new', operator: 'Exists', values: [] },
    ],
  };
  assert.equal(
    clean(networkPolicy({ podSelector })).subject,
    inShop([
      { key: 'a', operator: 'In', values: ['x'] },
      { key: 'b', operator: 'In', values: [''] },
      { key: 'tier', operator: 'NotIn', values: ['api', 'web'] },
      { key: 'old', operator: 'DoesNotExist', values: [] },
      { key: 'new', operator: 'Exists', values: [] },
    ]),
  );
});

test('S22: blocks with exceptions; host bits are masked with a warning', () => {
  const block = { cidr: '172.17.0.0/16', except: ['172.17.1.0/24'] };
  assert.equal(rule({ from: [{ ipBlock: block }] })?.peers, [
    { kind: 'block', cidr: cidr('172.17.0.0/16'), except: [cidr('172.17.1.0/24')] },
  ]);
  assert.equal(rule({ from: [{ ipBlock: { cidr: '::/0', except: null } }] })?.peers, [
    { kind: 'block', cidr: cidr('::/0'), except: [] },
  ]);
  const masked = networkPolicy({
    ingress: [{ from: [{ ipBlock: { cidr: '10.1.2.3/8', except: ['10.9.9.9/16'] } }] }],
  });
  assert.equal(codes(masked), ['cidr-host-bits', 'cidr-host-bits']);
  assert.equal(policy(masked).rules.ingress[0]?.peers, [
    { kind: 'block', cidr: cidr('10.0.0.0/8'), except: [cidr('10.9.0.0/16')] },
  ]);
});

test('S22: an exception must lie strictly inside, and be of the same family', () => {
  for (const except of ['10.0.0.0/8', '0.0.0.0/0', '11.0.0.0/16', 'fd00::/16', '10.0.0.1/8']) {
    const result = networkPolicy({
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: [except] } }] }],
    });
    assert.ok(codes(result).includes('cidr-except'), except);
    assert.is(result.object, undefined);
  }
});

test('S23, S24, S25: ports by protocol, number, range and name', () => {
  const ports = [
    {},
    { protocol: 'UDP' },
    { port: 80 },
    { port: 53, protocol: 'UDP' },
    { port: 8000, endPort: 8000 },
    { port: 1, endPort: 65535, protocol: 'SCTP' },
    { port: 'http' },
    { port: 'dns', protocol: 'UDP', endPort: null },
    { port: null, protocol: null },
  ];
  assert.equal(rule({ ports })?.ports, [
    { kind: 'span', span: allPorts('TCP') },
    { kind: 'span', span: allPorts('UDP') },
    { kind: 'span', span: spanOf('TCP', 80, 80) },
    { kind: 'span', span: spanOf('UDP', 53, 53) },
    { kind: 'span', span: spanOf('TCP', 8000, 8000) },
    { kind: 'span', span: spanOf('SCTP', 1, 65535) },
    { kind: 'named', name: 'http', protocol: 'TCP' },
    { kind: 'named', name: 'dns', protocol: 'UDP' },
    { kind: 'span', span: allPorts('TCP') },
  ]);
});

test('S33: what is unknown in a rule makes it match nothing, and the other rules stay', () => {
  const unknown = [
    { from: [{ serviceSelector: {} }] },
    { from: [{ podSelector: {}, serviceSelector: {} }] },
    { from: [{ podSelector: { matchLabel: { app: 'web' } } }] },
    { from: [{ podSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', negate: true }] } }] },
    { from: [{ ipBlock: { cidr: '10.0.0.0/8', expect: [] } }] },
    { ports: [{ port: 80, portRange: '80-90' }] },
    { ports: [{ appProtocol: 'h2c' }] },
    { fromServices: [] },
  ];
  for (const raw of unknown) {
    const result = networkPolicy({ ingress: [raw, { ports: [{ port: 1 }] }] });
    assert.equal(codes(result), ['unknown-field'], JSON.stringify(raw));
    const [closed, open] = policy(result).rules.ingress;
    assert.equal(closed?.peers, [], JSON.stringify(raw));
    assert.is(open?.index, 1);
    assert.is(open?.peers, 'any');
  }
});

test('S33: a field that is unknown and null is no field', () => {
  assert.equal(
    codes(networkPolicy({ ingress: [{ from: [{ podSelector: {}, serviceSelector: null }] }] })),
    [],
  );
});

test('a subject with an unknown field rejects the policy', () => {
  const result = networkPolicy({ podSelector: { matchLabel: { app: 'web' } } });
  assert.equal(codes(result), ['subject-invalid']);
  assert.is(result.object, undefined);
  assert.is(result.remnant, undefined);
});

test('one error hides no other', () => {
  const result = networkPolicy({
    podSelector: { matchLabels: { '-a': 'x', b: ' ' } },
    policyTypes: ['Both'],
    ingress: [{ from: [{}], ports: [{ port: 0 }, { port: 2, endPort: 1 }] }, 7],
  });
  assert.equal(codes(result).sort(), [
    'field-type',
    'field-value',
    'field-value',
    'label-key',
    'label-value',
    'peer-empty',
    'port-range',
  ]);
});

test('S50: what is left of a broken policy isolates as before and allows nothing through the broken rule', () => {
  const { object, remnant } = networkPolicy({
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Egress'],
    egress: [{ to: [{}] }, { ports: [{ port: 53 }] }],
  });
  assert.is(object, undefined);
  assert.equal(remnant?.subject, inShop(label('app', 'web')));
  assert.equal(remnant?.isolates, { ingress: false, egress: true });
  assert.equal(remnant?.rules.egress[0]?.peers, []);
  assert.equal(remnant?.rules.egress[1]?.ports, [{ kind: 'span', span: spanOf('TCP', 53, 53) }]);
});

test('S50: a broken list of policy types isolates by its default', () => {
  const { remnant } = networkPolicy({ policyTypes: 'Ingress', egress: [{}] });
  assert.equal(remnant?.isolates, { ingress: true, egress: true });
});

test('the namespace is default when it is missing, null or empty', () => {
  for (const namespace of [undefined, null, '']) {
    assert.is(clean(networkPolicy({}, { name: 'np', namespace })).namespace, 'default');
  }
});

test("the API server's view of label syntax holds in selectors", () => {
  const select = (key: string, value: string) =>
    codes(networkPolicy({ podSelector: { matchLabels: { [key]: value } } }));
  const long = 'a'.repeat(63);
  for (const key of [
    'a',
    'A_b.c-d',
    long,
    `example.com/${long}`,
    'kubernetes.io/metadata.name',
    '__proto__x',
  ]) {
    const wanted = key === '__proto__x' ? ['label-key'] : [];
    assert.equal(select(key, 'x'), wanted, key);
  }
  for (const key of [
    '',
    ' ',
    'a b',
    '-a',
    'a-',
    `${long}a`,
    'a/b/c',
    '/a',
    'Ex.com/a',
    'ex..com/a',
    'ä',
    '"; drop',
  ]) {
    assert.equal(select(key, 'x'), ['label-key'], key);
  }
  for (const value of ['', 'a', '1', long, 'A_b.c-d']) assert.equal(select('k', value), [], value);
  for (const value of [' ', '-a', 'a-', `${long}a`, 'a/b', 'ä', '}\naccept']) {
    assert.equal(select('k', value), ['label-value'], value);
  }
});

test('everything is frozen, all the way down', () => {
  const assertFrozen = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    assert.ok(
      Object.isFrozen(value),
      JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
    );
    for (const inner of Object.values(value)) assertFrozen(inner);
  };
  assertFrozen(
    clean(
      networkPolicy({
        podSelector: { matchLabels: { a: 'b' } },
        ingress: [
          { from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }, { namespaceSelector: {} }] },
        ],
        egress: [{ ports: [{ port: 80 }, { port: 'http' }, {}] }, { to: [{ podSelector: {} }] }],
      }),
    ),
  );
});

test.run();
