/** `kncompile explain` as a user meets it: what is told of odd ends, and what is refused. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFiles } from '../../support/checkout.ts';
import { runHere } from '../../support/in-process.ts';

const pod = (name: string, address: string, more = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\n` +
  `spec: {containers: [{name: c, ports: [{name: http, containerPort: 8080}]}]${more}}\n` +
  `status: {podIPs: [{ip: ${address}}]}\n---\n`;
const NODES = ['a', 'b']
  .map(
    (name, at) =>
      `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {zone: z${at}}}\nspec: {podCIDR: 10.0.${at}.0/24}\n` +
      `status: {addresses: [{type: InternalIP, address: 192.168.0.${at}}]}\n---\n`,
  )
  .join('');
const policy = (name: string, spec: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;
const admin = (name: string, spec: string): string =>
  `apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: ${name}}\nspec: ${spec}\n---\n`;

const PODS = NODES + pod('web', '10.0.0.1', ', nodeName: a') + pod('db', '10.0.1.1', ', nodeName: b');

const explain = (cluster: string, from: string, to: string, ...words: string[]) =>
  withFiles({ 'c.yaml': cluster }, (folder) =>
    runHere(['explain', from, to, '-f', 'c.yaml', ...words], folder),
  );

async function told(cluster: string, from: string, to: string): Promise<string> {
  const { code, stdout, stderr } = await explain(cluster, from, to);
  assert.is(stderr, '');
  assert.is(code, 0, 'an answer, whatever it is');
  return stdout;
}

/** What a denied connection lacks, by the policy that would allow it. */
const MISSES: readonly [spec: string, miss: string][] = [
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {tier: web}}}]}]}',
    'if pod default/web had label tier=web',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]}',
    'if pod default/web had label app=x instead of web',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}]}]}',
    'if pod default/web did not have label app=web',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}]}]}',
    'if pod default/web had no label app',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: x, operator: Exists}]}}]}]}',
    'if pod default/web had label x',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: x, operator: In, values: [p, q]}]}}]}]}',
    'if pod default/web had label x with one of p, q',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: t}}}]}]}',
    'if namespace default had label team=t',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]}',
    'if pod default/web were in namespace shop',
  ],
  ['{podSelector: {}, ingress: [{ports: [{port: 81}, {port: 90, endPort: 99}]}]}', 'on TCP 81, TCP 90-99'],
  ['{podSelector: {}, ingress: [{ports: [{protocol: UDP}]}]}', 'on any port of UDP'],
  ['{podSelector: {}, ingress: [{ports: [{port: http}]}]}', 'on TCP port named http'],
  [
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "::/0"}}]}]}',
    'if 10.0.0.1 were an IPv6 address in ::/0',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "fd00::/8"}}, {ipBlock: {cidr: 10.1.0.0/16}}]}]}',
    'if 10.0.0.1 were in 10.1.0.0/16',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}]}]}',
    'if 10.0.0.1 were in 10.1.0.0/16',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.0.0/24]}}]}]}',
    'if 10.0.0.1 were not in the exception 10.0.0.0/24',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {tier: web}}}], ports: [{port: 81}]}]}',
    'on TCP 81 if pod default/web had label tier=web',
  ],
  // The nearest of several peers, and of several rules.
  [
    '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}, {podSelector: {matchLabels: {a: b}}}]}]}',
    'if pod default/web had label a=b',
  ],
  [
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {a: b, c: d}}}]}, {ports: [{port: 81}]}]}',
    'rule 2 would match on TCP 81',
  ],
];

for (const [spec, miss] of MISSES) {
  test(`nearest miss: ${miss}`, async () => {
    const text = await told(PODS + policy('p', spec), 'default/web', 'default/db:80');
    const line = text.split('\n').find((one) => one.includes('nearest miss:')) ?? '';
    assert.ok(line.endsWith(`would match ${miss}`) || line.endsWith(miss), line);
    assert.match(text, 'denied');
  });
}

test('no miss where nothing would help', async () => {
  for (const spec of ['{podSelector: {}, ingress: []}', '{podSelector: {}}'])
    assert.not.match(await told(PODS + policy('p', spec), 'default/web', 'default/db:80'), 'nearest miss');
  const outside = policy('p', '{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}');
  assert.not.match(await told(PODS + outside, '8.8.8.8', 'default/db:80'), 'nearest miss');
});

test('the steps of the ladder, in order, up to the one that decides', async () => {
  const pass = admin(
    'pass',
    '{priority: 1, subject: {namespaces: {}}, ingress: [{name: go on, action: Pass, from: [{namespaces: {}}]}, {action: Deny, from: [{namespaces: {}}]}]}',
  );
  const allow = policy('all', '{podSelector: {}, ingress: [{}]}');
  const text = await told(PODS + pass + allow, 'default/web', 'default/db:80');
  assert.match(text, 'Admin tier: passes on to the next step');
  assert.match(text, /rule 1 "go on" \(c\.yaml:\d+:\d+\): matches, passes/);
  assert.not.match(text, 'rule 2');
  assert.match(text, 'NetworkPolicy: allows');
  assert.match(text, 'NetworkPolicy default/all rule 1');
  assert.not.match(text.slice(text.indexOf('ingress of')), 'Baseline');
});

test('without policies the default is told, and no element', async () => {
  const text = await told(PODS, 'default/web', 'default/db:80');
  assert.match(text, 'by default: no policy has a say');
  assert.match(text, 'the kernel of node a accepts: no element of its sets is about it');
});

test('nodes, host-network pods and a pod itself are not judged', async () => {
  const isolated =
    PODS + policy('p', '{podSelector: {}}') + pod('host', '192.168.0.0', ', nodeName: a, hostNetwork: true');
  assert.match(await told(isolated, 'node/b', 'default/db:80'), 'a node always reaches its own pods (S41)');
  assert.match(await told(isolated, '192.168.0.1', 'default/db:80'), '(S41)');
  assert.match(await told(isolated, 'default/host', 'default/web:80'), '(S41)');
  assert.match(await told(isolated, 'default/host', 'default/db:80'), 'denied');
  assert.match(await told(isolated, 'default/db', 'default/db:80'), '(S40)');
  assert.match(await told(isolated, 'default/web', 'default/host:22'), 'allowed');
});

test('a pod to its own node goes through the hook of the node', async () => {
  const toNodes = admin(
    'n',
    '{priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{nodes: {matchLabels: {zone: z0}}}]}]}',
  );
  const text = await told(PODS + toNodes, 'default/web', 'node/a:10250');
  assert.match(text, 'the kernel of node a drops');
  assert.match(await told(PODS + toNodes, 'default/web', 'node/b:10250'), 'allowed');
});

test('the elements stand so in the ruleset that --dry-run prints', async () => {
  const apps = ['x', 'c', 'a', 'b'];
  const clients = apps.flatMap((app, i) =>
    [0, 1, 2].map((replica) =>
      pod(`${app}-${replica}`, `10.0.1.${10 * i + replica + 10}`, ', nodeName: b').replace(
        `{app: ${app}-${replica}}`,
        `{app: ${app}, unasked: "${replica}"}`,
      ),
    ),
  );
  const from = (app: string, port: number): string =>
    `{from: [{podSelector: {matchLabels: {app: ${app}}}}], ports: [{port: ${port}}]}`;
  const elsewhere = policy('y', `{podSelector: {matchLabels: {app: x}}, ingress: [${from('b', 1)}]}`);
  const here = policy(
    'web',
    `{podSelector: {matchLabels: {app: web}}, ingress: [${from('a', 1)}, ${from('b', 2)}, ${from('c', 3)}, ` +
      '{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}, {from: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: 9}]}]}',
  );
  const cluster = PODS + clients.join('') + elsewhere + here;
  await withFiles({ 'c.yaml': cluster }, async (folder) => {
    const { stdout: ruleset } = await runHere(['--dry-run', '-f', 'c.yaml', '--node', 'a'], folder);
    const sources = [
      ...apps.flatMap((app) => [`default/${app}-0`, `default/${app}-2`]),
      '192.0.2.1',
      '198.51.100.7',
    ];
    for (const source of sources) {
      const { stdout } = await runHere(['explain', source, 'default/web:3', '-f', 'c.yaml'], folder);
      const own = stdout.slice(stdout.indexOf('the kernel of node a'));
      const elements = [...own.matchAll(/^ {2}(\w+) \{ (.*) \}$/gm)];
      assert.ok(elements.length >= 3, own);
      for (const [, set, element] of elements) {
        const [, block = ''] =
          new RegExp(`\\t(?:set|map) ${set} \\{\\n([\\s\\S]*?)\\n\\t\\}`).exec(ruleset) ?? [];
        assert.ok(block.includes(`\t\t\t${element},`), `${source}: ${element} in ${set}:\n${block}`);
      }
    }
  });
});

test('an address in the pod CIDRs that nobody has', async () => {
  const text = await told(PODS + policy('p', '{podSelector: {}}'), '10.0.0.99', 'default/db:80');
  assert.match(text, 'denied');
  assert.match(text, /the kernel of node b asks the agent:\n[\s\S]*pod_cidrs4 \{ 10\.0\.0\.0\/2[34] \}/);
});

test('pods without a node are told without a kernel, unless there is only one', async () => {
  const unplaced = NODES + pod('web', '10.0.0.1') + pod('db', '10.0.1.1') + policy('p', '{podSelector: {}}');
  assert.not.match(await told(unplaced, 'default/web', 'default/db:80'), 'the kernel');
  const alone = pod('web', '10.0.0.1') + pod('db', '10.0.1.1') + policy('p', '{podSelector: {}}');
  assert.match(await told(alone, 'default/web', 'default/db:80'), 'the kernel of node local drops');
});

test('pairs that differ are told apart', async () => {
  const four = policy(
    'p',
    '{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}',
  );
  const dual =
    NODES +
    `${pod('web', '10.0.0.1}, {ip: "fd00::1"', ', nodeName: a')}${pod('db', '10.0.1.1}, {ip: "fd00::2"', ', nodeName: b')}`;
  const { stdout, code } = await explain(dual + four, 'default/web', 'default/db:80', '-o', 'json');
  const { verdict, groups } = JSON.parse(stdout);
  assert.is(verdict, null);
  assert.equal(
    groups.map((group: { verdict: string; pairs: object[] }) => [group.verdict, group.pairs.length]),
    [
      ['allow', 1],
      ['deny', 1],
    ],
  );
  assert.is(code, 0);
});

test('between the pods of a workload two of them are told, before one and itself', async () => {
  const [deployment, closed] = [
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 2, template: {metadata: {labels: {app: d}}}}\n---\n',
    policy('closed', '{podSelector: {}}'),
  ];
  const open = await told(NODES + deployment, 'default/Deployment/d', 'default/Deployment/d:80');
  assert.match(open, 'allowed between all 8 pairs of addresses; the first of them:\n\ndefault/d-0 ');
  assert.match(open, /^default\/d-0 .* => default\/d-1 .* : TCP 80$/m);
  const shut = await told(NODES + deployment + closed, 'default/Deployment/d', 'default/Deployment/d:80');
  assert.match(shut, 'the 8 pairs of addresses differ: 4 denied, 4 allowed');
});

test('a rule that cannot be read matches nobody', async () => {
  const broken = admin(
    'x',
    '{priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{future: {}}]}]}',
  );
  const { stdout, code } = await explain(
    PODS + broken + policy('p', '{podSelector: {}}'),
    'default/web',
    'default/db:80',
  );
  assert.match(stdout, 'matches nobody');
  assert.not.match(stdout, 'nearest miss');
  assert.is(code, 0, 'a warning is no error');
});

test('what is good of bad input is explained, and the exit code says that there is more', async () => {
  const { stdout, stderr, code } = await explain(
    `${PODS}kind: NetworkPolicy\n`,
    'default/web',
    'default/db:80',
  );
  assert.match(stdout, 'allowed');
  assert.match(stderr, '[api-version-missing]');
  assert.is(code, 2);
});

test('ends that are not there', async () => {
  const wrong: readonly [string, string, string][] = [
    ['default/nope', 'default/db:80', 'FROM: there is no pod nope in namespace default'],
    ['default/web', 'default/nope:80', 'TO: there is no pod nope in namespace default'],
    ['default/web', 'default/db', 'TO: "default/db" has no port'],
    ['default/web', 'default/db:http', 'TO: "http" is no port'],
    ['default/web', 'node/c:80', 'TO: there is no node c'],
    ['default/web', 'default/Service/db:80', 'TO: policies see the pod behind a Service'],
    ['default/web', '[fd00::1]:80', 'no common address family'],
    ['8.8.8.8', '9.9.9.9:80', 'neither 8.8.8.8 nor 9.9.9.9 is in the cluster'],
    ['web', 'default/db:80', 'FROM: "web" names no end'],
  ];
  for (const [from, to, message] of wrong) {
    const { code, stdout, stderr } = await explain(PODS, from, to);
    assert.match(stderr, message);
    assert.is(stdout, '');
    assert.is(code, 2);
  }
});

test('names from the cluster cannot reach the terminal', async () => {
  const evil = admin(
    'x',
    '{priority: 1, subject: {namespaces: {}}, ingress: [{name: "a\\u001b[31m\\nb", action: Deny, from: [{namespaces: {}}]}]}',
  );
  const text = await told(PODS + evil, 'default/web', 'default/db:80');
  assert.not.ok(text.includes('\u001b'));
  assert.match(text, 'a\\u{1b}[31m\\u{a}b');
  const { stderr } = await explain(PODS, 'default/\u001b[31m', 'default/db:80');
  assert.not.ok(stderr.includes('\u001b'));
  const { stdout } = await explain(PODS + evil, 'default/web', 'default/db:80', '-o', 'json');
  assert.not.ok(stdout.includes('\u001b'));
  assert.is(JSON.parse(stdout).groups[0].first.ingress.decidedBy.rule.name, 'a\u001b[31m\nb');
});

test.run();
