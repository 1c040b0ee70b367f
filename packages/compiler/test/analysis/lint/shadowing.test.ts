/** shadowed-rule, denied-allow and inert-rule. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { admin, baseline, found, lintYaml, namespace, network, workload } from './support.ts';

const PODS = [
  namespace('shop', 'team: shop'),
  workload('shop', 'web', '', 'containers: [{ports: [{name: http, containerPort: 8080}]}]'),
  workload('shop', 'db'),
];
const EVERYBODY = 'from: [{namespaces: {}}]';
const SSH = 'ports: [{portNumber: {port: 22}}]';
const rule = (action: string, more: string): string => `{action: ${action}, ${more}}`;
const ingress = (...rules: string[]): string => `ingress: [${rules.join(', ')}]`;

/** What is found with some documents: the rule, and where it says that this holds. */
async function shadows(...documents: string[]): Promise<string[]> {
  const findings = await lintYaml(documents.join('\n---\n'));
  return findings
    .filter(({ rule: id }) => id === 'shadowed-rule' || id === 'denied-allow')
    .map(({ rule: id, object, field, message }) => {
      const scope = /in (any|this) cluster/.exec(message)?.[1];
      return `${object.name} ${field} ${id} ${scope}`;
    });
}

test('S3: a rule behind a broader one of the same policy', async () => {
  const policy = admin('a', 1, ingress(rule('Deny', EVERYBODY), rule('Pass', `${EVERYBODY}, ${SSH}`)));
  assert.equal(await shadows(policy), ['a spec.ingress[1] shadowed-rule any']);
  assert.equal(await shadows(policy, ...PODS), ['a spec.ingress[1] shadowed-rule any']);
  assert.match((await found('shadowed-rule', policy))[0] ?? '', 'before it come AdminNetworkPolicy a rule 1');
});

test('S3: a rule behind several that cover it together', async () => {
  const range = (start: number, end: number): string =>
    `ports: [{portRange: {start: ${start}, end: ${end}}}]`;
  const halves = (end: number): string =>
    admin(
      'a',
      1,
      ingress(rule('Deny', `${EVERYBODY}, ${range(1, 90)}`), rule('Deny', `${EVERYBODY}, ${range(91, end)}`)),
    );
  const later = admin('b', 2, ingress(rule('Pass', `${EVERYBODY}, ${range(50, 200)}`)));
  assert.equal(await shadows(halves(200), later), ['b spec.ingress[0] shadowed-rule any']);
  assert.equal(await shadows(halves(199), later), []);
});

test('S3, S6: priorities decide who comes first, also across policies', async () => {
  const wide = (priority: number): string => admin('wide', priority, ingress(rule('Deny', EVERYBODY)));
  const narrow = admin('narrow', 5, ingress(rule('Deny', `${EVERYBODY}, ${SSH}`)));
  assert.equal(await shadows(wide(1), narrow), ['narrow spec.ingress[0] shadowed-rule any']);
  assert.equal(await shadows(wide(9), narrow), []);
});

test('a subject that is broader covers, one that is narrower does not', async () => {
  const narrow = 'namespaces: {matchLabels: {team: shop}}';
  const deny = (subject: string): string => admin('first', 1, ingress(rule('Deny', EVERYBODY)), subject);
  const later = (subject: string): string =>
    admin('later', 2, ingress(rule('Deny', `${EVERYBODY}, ${SSH}`)), subject);
  assert.equal(await shadows(deny('namespaces: {}'), later(narrow)), [
    'later spec.ingress[0] shadowed-rule any',
  ]);
  assert.equal(await shadows(deny(narrow), later('namespaces: {}')), []);
  // Here no other namespace has pods.
  assert.equal(await shadows(deny(narrow), later('namespaces: {}'), ...PODS), [
    'later spec.ingress[0] shadowed-rule this',
  ]);
});

test('what only the pods of this cluster show', async () => {
  const policy = admin(
    'a',
    1,
    ingress(
      rule('Deny', 'from: [{namespaces: {matchLabels: {team: shop}}}]'),
      rule('Deny', 'from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}]'),
    ),
  );
  assert.equal(await shadows(policy), []);
  assert.equal(await shadows(policy, ...PODS), ['a spec.ingress[1] shadowed-rule this']);
  assert.equal(await shadows(policy, ...PODS, workload('ops', 'db')), []);
});

test('a rule that matches nobody is not shadowed', async () => {
  const nobody = 'from: [{namespaces: {matchLabels: {team: none}}}]';
  const deny = rule('Deny', 'from: [{namespaces: {matchLabels: {team: shop}}}]');
  assert.equal(await shadows(admin('a', 1, ingress(deny, rule('Pass', nobody))), ...PODS), []);
});

test('S4: of rules of NetworkPolicies that add up the narrower one is redundant, whatever its name', async () => {
  const all = 'podSelector: {}, ingress: [{from: [{podSelector: {}}]}]';
  const some =
    'podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 80}]}]';
  for (const [wide, narrow] of [
    ['a', 'z'],
    ['z', 'a'],
  ] as const) {
    const documents = [network('shop', wide, all), network('shop', narrow, some)];
    assert.equal(await shadows(...documents), [`${narrow} spec.ingress[0] shadowed-rule any`]);
    assert.match(
      (await found('shadowed-rule', ...documents))[0] ?? '',
      `not allowed anyway, by NetworkPolicy shop/${wide} rule 1`,
    );
  }
  assert.equal(await shadows(network('shop', 'a', all), network('ops', 'a', some)), []);
});

test('of two equal rules one is redundant', async () => {
  const spec = 'podSelector: {}, ingress: [{ports: [{port: 80}]}, {ports: [{port: 80}]}]';
  assert.equal(await shadows(network('shop', 'a', spec)), ['a spec.ingress[1] shadowed-rule any']);
  assert.equal(await shadows(network('shop', 'a', spec), ...PODS), ['a spec.ingress[1] shadowed-rule any']);
});

test('S14: a rule for everybody covers every block and selector; two blocks cover everybody', async () => {
  const both = (first: string, second: string): string =>
    network('shop', 'a', `podSelector: {}, ingress: [{${first}}, {${second}}]`);
  const blocks = "from: [{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}]";
  assert.equal(await shadows(both('ports: []', 'from: [{namespaceSelector: {}}]')), [
    'a spec.ingress[1] shadowed-rule any',
  ]);
  assert.equal(await shadows(both('ports: []', blocks)), ['a spec.ingress[1] shadowed-rule any']);
  assert.equal(await shadows(both(`${blocks}, ports: []`, 'ports: [{port: 80}]')), [
    'a spec.ingress[1] shadowed-rule any',
  ]);
  assert.equal(await shadows(both('from: [{ipBlock: {cidr: 0.0.0.0/0}}]', 'ports: [{port: 80}]')), []);
});

test('S22: a hole in a block is not covered', async () => {
  const both = (wide: string): string =>
    network(
      'shop',
      'a',
      `podSelector: {}, ingress: [{from: [{ipBlock: ${wide}}]}, {from: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 80}]}]`,
    );
  assert.equal(await shadows(both('{cidr: 10.0.0.0/8}')), ['a spec.ingress[1] shadowed-rule any']);
  assert.equal(await shadows(both('{cidr: 10.0.0.0/8, except: [10.2.0.0/16]}')), [
    'a spec.ingress[1] shadowed-rule any',
  ]);
  assert.equal(await shadows(both('{cidr: 10.0.0.0/8, except: [10.1.1.0/24]}')), []);
});

test('S25: named ports are covered by the same name, by the whole protocol, or by the numbers of this cluster', async () => {
  const both = (first: string, second = '{port: http}'): string =>
    network(
      'shop',
      'a',
      `podSelector: {}, ingress: [{ports: [${first}]}, {ports: [${second}], from: [{podSelector: {}}]}]`,
    );
  assert.equal(await shadows(both('{port: http}')), ['a spec.ingress[1] shadowed-rule any']);
  assert.equal(await shadows(both('{protocol: TCP}')), ['a spec.ingress[1] shadowed-rule any']);
  assert.equal(await shadows(both('{protocol: UDP}')), []);
  assert.equal(await shadows(both('{port: 8080}')), []);
  assert.equal(await shadows(both('{port: 8080}'), ...PODS), ['a spec.ingress[1] shadowed-rule this']);
  assert.equal(await shadows(both('{port: 1, endPort: 30000}, {port: 30001, endPort: 65535}')), [
    'a spec.ingress[1] shadowed-rule any',
  ]);
  assert.equal(await shadows(both('{port: 1, endPort: 30000}, {port: 30002, endPort: 65535}')), []);
});

test('S25: for egress the ports that peers name count, whoever they are', async () => {
  const policy = network(
    'ops',
    'np',
    'podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 1, endPort: 99}]}, {ports: [{port: 80}, {port: http}]}]',
  );
  const client = workload('ops', 'client');
  assert.equal(await shadows(policy, client), ['np spec.egress[1] shadowed-rule this']);
  assert.equal(await shadows(policy, client, ...PODS), [], 'http is 8080 there');
});

test('S3: what a Pass takes is taken from the rules behind it, and not from the next tier', async () => {
  const pass = admin('pass', 1, ingress(rule('Pass', EVERYBODY)));
  const deny = admin('deny', 2, ingress(rule('Deny', EVERYBODY)));
  const allow = network('shop', 'np', 'podSelector: {}, ingress: [{from: [{podSelector: {}}]}]');
  assert.equal(await shadows(pass, deny), ['deny spec.ingress[0] shadowed-rule any']);
  assert.equal(await shadows(pass, deny, allow), ['deny spec.ingress[0] shadowed-rule any']);
  assert.equal(await shadows(pass, deny, allow, ...PODS), ['deny spec.ingress[0] shadowed-rule any']);
});

test('a Pass decides although nobody sees it in a verdict', async () => {
  const policy = admin('a', 1, ingress(rule('Pass', `${EVERYBODY}, ${SSH}`)));
  assert.equal(await shadows(policy, ...PODS), []);
});

test('S37: a name is covered by a wildcard above it', async () => {
  const egress = (first: string, second: string): string =>
    admin(
      'a',
      1,
      `egress: [{action: Allow, to: [{domainNames: ['${first}']}]}, {action: Allow, to: [{domainNames: ['${second}']}], ports: [{portNumber: {port: 443}}]}]`,
    );
  for (const pods of [[], PODS]) {
    const scope = ['a spec.egress[1] shadowed-rule any'];
    assert.equal(await shadows(egress('*.example.com', 'www.example.com'), ...pods), scope);
    assert.equal(await shadows(egress('www.example.com', '*.example.com'), ...pods), []);
    assert.equal(await shadows(egress('*.example.com', 'example.com'), ...pods), []);
  }
});

test('a NetworkPolicy cannot allow what the Admin tier denies', async () => {
  const deny = admin('no-ssh', 1, ingress(rule('Deny', `${EVERYBODY}, ${SSH}`)));
  const allow = (peers: string, ports: string): string =>
    network('shop', 'np', `podSelector: {}, ingress: [{from: [${peers}], ports: [${ports}]}]`);
  assert.equal(await shadows(deny, allow('{podSelector: {}}', '{port: 22}')), [
    'np spec.ingress[0] denied-allow any',
  ]);
  assert.match(
    (await found('denied-allow', deny, allow('{podSelector: {}}', '{port: 22}')))[0] ?? '',
    'denied first, by AdminNetworkPolicy no-ssh rule 1',
  );
  assert.equal(await shadows(deny, allow('{podSelector: {}}', '{port: 22}, {port: 80}')), []);
  assert.equal(
    await shadows(deny, allow('{ipBlock: {cidr: 192.0.2.0/24}}', '{port: 22}')),
    [],
    'nobody outside is denied',
  );
  const team = admin('team', 1, ingress(rule('Deny', 'from: [{namespaces: {matchLabels: {team: shop}}}]')));
  assert.equal(await shadows(team, allow('{podSelector: {}}', '{port: 80}')), []);
  assert.equal(await shadows(team, allow('{podSelector: {}}', '{port: 80}'), ...PODS), [
    'np spec.ingress[0] denied-allow this',
  ]);
});

test('an Allow of the Admin tier behind a Deny is denied, and one behind an Allow is shadowed', async () => {
  const first = (action: string): string =>
    admin('a', 1, ingress(rule(action, EVERYBODY), rule('Allow', `${EVERYBODY}, ${SSH}`)));
  assert.equal(await shadows(first('Deny')), ['a spec.ingress[1] denied-allow any']);
  assert.equal(await shadows(first('Allow')), ['a spec.ingress[1] shadowed-rule any']);
});

test('S4: a Baseline rule is for pods without NetworkPolicies: where all have one, it is worth no more than a note', async () => {
  const documents = [
    baseline(ingress(rule('Deny', EVERYBODY))),
    network('shop', 'np', 'podSelector: {}'),
    ...PODS,
  ];
  const findings = await lintYaml(documents.join('\n---\n'));
  const about = findings.filter(({ rule: id }) => id === 'shadowed-rule');
  assert.equal(
    about.map(({ severity, object }) => [severity, object.name]),
    [['info', 'default']],
  );
  assert.match(about[0]?.message ?? '', 'before it come NetworkPolicy shop/np isolates');
  assert.equal(await shadows(...documents, workload('ops', 'db')), []);
});

test('S12: rules in a direction that policyTypes leaves out', async () => {
  const inert = (spec: string): Promise<string[]> => found('inert-rule', network('shop', 'np', spec));
  const rules = 'podSelector: {}, ingress: [{}], egress: [{}, {}]';
  assert.equal(await inert(`${rules}, policyTypes: [Ingress]`), [
    'egress rule 1 has no effect: policyTypes does not name Egress',
    'egress rule 2 has no effect: policyTypes does not name Egress',
  ]);
  assert.equal(await inert(`${rules}, policyTypes: [Egress]`), [
    'ingress rule 1 has no effect: policyTypes does not name Ingress',
  ]);
  assert.equal(await inert(rules), [], 'S11: without policyTypes egress rules count');
  assert.equal(await shadows(network('shop', 'np', `${rules}, policyTypes: [Ingress]`), ...PODS), []);
});

test.run();
