/** `kncompile test` as a user meets it: files, formats of files, exit codes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withFiles } from '../../support/checkout.ts';
import { runHere } from '../../support/in-process.ts';

const CLUSTER = `
apiVersion: v1
kind: Node
metadata: {name: a}
spec: {podCIDRs: [10.0.1.0/24, "fd00:1::/64"]}
status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: InternalIP, address: "fd99::1"}]}
---
apiVersion: v1
kind: Node
metadata: {name: b}
status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: a, containers: []}
status: {phase: Running, podIPs: [{ip: 10.0.1.1}, {ip: "fd00:1::1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: b, containers: []}
status: {phase: Running, podIPs: [{ip: 10.0.2.1}, {ip: "fd00:2::1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: x, namespace: node, labels: {app: web}}
spec: {nodeName: b, containers: []}
status: {phase: Running, podIPs: [{ip: 10.0.2.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: six, namespace: shop}
spec: {nodeName: b, containers: []}
status: {phase: Running, podIPs: [{ip: "fd00:2::6"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: done, namespace: shop}
spec: {nodeName: b, containers: []}
status: {phase: Succeeded, podIPs: [{ip: 10.0.2.9}]}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec: {nodeName: b, hostNetwork: true, containers: []}
status: {phase: Running, podIPs: [{ip: 192.168.0.2}], hostIPs: [{ip: 192.168.0.2}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: job, namespace: shop}
spec: {replicas: 2, template: {metadata: {labels: {app: job}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
    - from: [{podSelector: {matchLabels: {app: web}}}]
      ports: [{port: 5432}]
    - from: [{ipBlock: {cidr: 203.0.113.0/24}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: four-only, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
    - from: [{ipBlock: {cidr: 0.0.0.0/0}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: jobs, namespace: shop}
spec: {podSelector: {matchLabels: {app: job}}}
`;

const tries = (expectations: string, ...words: string[]) =>
  withFiles({ 'cluster.yaml': CLUSTER, 'expectations.yaml': expectations }, (folder) =>
    runHere(['test', '--expect', 'expectations.yaml', '-f', 'cluster.yaml', ...words], folder),
  );

/** In the words of one line: `from -> to port/protocol verdict`. */
const expectation = (line: string): string => {
  const [from, , to, service = '', expect] = line.split(' ');
  const [port = '', protocol] = service.split('/');
  const ports = port === '' ? '' : `, port: ${port}`;
  return `- {from: "${from}", to: "${to}"${ports}${protocol ? `, protocol: ${protocol}` : ''}, expect: ${expect}}\n`;
};

const MET = [
  'shop/web -> shop/db 5432 allow',
  'shop/web -> shop/db 5432/TCP allow',
  'shop/web -> shop/db 5432/UDP deny',
  'shop/web -> shop/db 5433 deny',
  'shop/web -> shop/db /ICMP deny',
  '203.0.113.1 -> shop/db /ICMP allow',
  '203.0.113.1 -> shop/db 1/SCTP allow',
  '203.0.114.1 -> shop/db 5432 deny',
  'shop/db -> 8.8.8.8 53/UDP allow',
  'shop/db -> 2001:db8::1 53/UDP allow',
  // Selectors cover both families, blocks one; and ICMP is ICMPv6 between IPv6 addresses.
  '2001:db8::1 -> shop/web 80 deny',
  '2001:db8::1 -> shop/web /ICMP deny',
  '192.0.2.1 -> shop/web 80 allow',
  'shop/six -> shop/web 80 deny',
  // A namespace called node, and Nodes.
  'pod/node/x -> shop/db 5432 deny',
  'node/Pod/x -> shop/db 5432 deny',
  'node/b -> shop/db 5432 allow',
  'node/a -> shop/db 5432 deny',
  '192.168.0.2 -> shop/db 5432 allow',
  'shop/agent -> shop/db 5432 allow',
  'shop/web -> shop/agent 22 allow',
  'shop/web -> node/b 10250 allow',
  'node/a -> node/b 1 allow',
  'node/a -> 8.8.8.8 1 allow',
  'shop/db -> shop/db 1 allow',
  'shop/deployment/job -> 10.0.2.1 5432 deny',
];

test('what is met', async () => {
  const { code, stdout, stderr } = await tries(MET.map(expectation).join(''));
  assert.not.match(stdout, /FAIL|BAD/);
  assert.match(stdout, `${MET.length} expectations: ${MET.length} met\n`);
  assert.is(stderr, '');
  assert.is(code, 0);
});

test('and the opposite is not', async () => {
  const opposite = MET.map((line) =>
    line.endsWith(' allow') ? line.replace(/allow$/, 'deny') : line.replace(/deny$/, 'allow'),
  );
  const { code, stdout } = await tries(opposite.map(expectation).join(''), '-o', 'json');
  const { met, unmet, bad, results } = JSON.parse(stdout);
  assert.equal({ met, unmet, bad }, { met: 0, unmet: MET.length, bad: 0 });
  assert.ok(results.every((one: { explanation?: object }) => one.explanation));
  assert.is(code, 1);
});

test('addresses that disagree meet nothing', async () => {
  const disagreeing = [
    'shop/db -> shop/web 80',
    // S40: each of its pods reaches itself, and none of them another.
    'shop/Deployment/job -> shop/Deployment/job 80',
  ];
  for (const ends of disagreeing) {
    for (const verdict of ['allow', 'deny']) {
      const { code, stdout } = await tries(expectation(`${ends} ${verdict}`));
      assert.match(stdout, 'other pairs of addresses differ');
      assert.is(code, 1);
    }
  }
});

const one = (rest: string): string => `- {name: n, ${rest}}`;
const GOOD = 'from: shop/web, to: shop/db, port: 5432, expect: allow';

const BAD: readonly [document: string, code: string][] = [
  [one('from: shop/nope, to: shop/db, port: 1, expect: deny'), 'end-unknown'],
  [one('from: shop/done, to: shop/db, port: 1, expect: deny'), 'end-without-address'],
  [one('from: node/c, to: shop/db, port: 1, expect: deny'), 'end-unknown'],
  [one('from: node/x, to: shop/db, port: 1, expect: deny'), 'end-unknown'],
  [one('from: pod/shop/node, to: shop/db, port: 1, expect: deny'), 'end-unknown'],
  [one('from: shop/Deployment/nope, to: shop/db, port: 1, expect: deny'), 'end-unknown'],
  [one('from: 1.1.1.1, to: 8.8.8.8, port: 1, expect: deny'), 'ends-outside'],
  [one('from: 10.0.2.9, to: 8.8.8.8, port: 1, expect: deny'), 'ends-outside'],
  [one('from: shop/six, to: pod/node/x, port: 1, expect: deny'), 'ends-without-common-family'],
  [one('from: shop/six, to: node/b, port: 1, expect: deny'), 'ends-without-common-family'],
  [one('from: web, to: shop/db, port: 1, expect: deny'), 'end-invalid'],
  [one('from: "", to: shop/db, port: 1, expect: deny'), 'end-invalid'],
  [one('from: 10.0.0.0/8, to: shop/db, port: 1, expect: deny'), 'end-invalid'],
  [one('to: shop/db, port: 1, expect: deny'), 'field-missing'],
  [one('from: shop/db, port: 1, expect: deny'), 'field-missing'],
  [one('from: shop/web, to: shop/db, expect: deny'), 'field-missing'],
  [one('from: shop/web, to: shop/db, port: 1'), 'field-missing'],
  [one('from: shop/web, to: shop/db, port: null, expect: deny'), 'field-missing'],
  [one('from: shop/web, to: shop/db, port: 1, expect: Allow'), 'field-value'],
  [one('from: shop/web, to: shop/db, port: 1, expect: true'), 'field-type'],
  [one('from: shop/web, to: shop/db, port: 0, expect: deny'), 'field-value'],
  [one('from: shop/web, to: shop/db, port: 65536, expect: deny'), 'field-value'],
  [one('from: shop/web, to: shop/db, port: 1.5, expect: deny'), 'field-value'],
  [one('from: shop/web, to: shop/db, port: "80", expect: deny'), 'field-type'],
  [one('from: shop/web, to: shop/db, port: [80], expect: deny'), 'field-type'],
  [one('from: shop/web, to: shop/db, port: 80, protocol: udp, expect: deny'), 'field-value'],
  [one('from: shop/web, to: shop/db, port: 80, protocol: ICMPv6, expect: deny'), 'field-value'],
  [one('from: shop/web, to: shop/db, port: 80, protocol: 6, expect: deny'), 'field-type'],
  [one('from: shop/web, to: shop/db, port: 80, protocol: ICMP, expect: deny'), 'field-value'],
  [one('from: [shop/web], to: shop/db, port: 80, expect: deny'), 'field-type'],
  [one(`${GOOD}, expected: deny`), 'expectation-invalid'],
  [one(`${GOOD}, __proto__: {}`), 'expectation-invalid'],
  [`- {name: "", ${GOOD}}`, 'field-value'],
  [`- {name: [], ${GOOD}}`, 'field-type'],
  ['- text', 'expectation-invalid'],
  ['- {}', 'expectation-invalid'],
  ['expectations: []', 'expectation-invalid'],
  ['- [x]', 'expectation-invalid'],
  ['- null', 'expectation-invalid'],
  ['text', 'expectation-invalid'],
  ['{kind: Pod, metadata: {name: x}}', 'expectation-invalid'],
  ['', 'expectation-none'],
  ['# nothing\n---\n', 'expectation-none'],
  ['[]', 'expectation-none'],
  ['- {from: a', 'yaml-syntax'],
  [one(`${GOOD}, port: 5433`), 'duplicate-key'],
  [`[{${GOOD.replaceAll(/([\w/]+)/g, '"$1"').replace('"5432"', '5432')}, "port": 5433}]`, 'duplicate-key'],
];

for (const [document, code] of BAD) {
  test(`bad input: ${document || 'an empty file'}`, async () => {
    const ended = await tries(document);
    assert.is(ended.code, 2, ended.stdout + ended.stderr);
    const lines = ended.stderr.split('\n');
    assert.match(lines[0] ?? '', /^expectations\.yaml:\d+:\d+: /);
    assert.match(lines[0] ?? '', `[${code}]`);
    assert.match(lines[2] ?? '', /^ +\^$/);
    assert.is(lines.length, 4, ended.stderr);
    assert.match(ended.stdout, '1 bad');
  });
}

test('bad input wins over what is not met, and hides neither that nor other bad input', async () => {
  const document = [
    one('from: shop/web, to: shop/db, port: 1, expect: allow'),
    one('from: shop/nope, to: shop/neither, port: 1, expect: allow'),
    one('from: shop/web, to: shop/db, port: x, expect: allow'),
  ].join('\n');
  const { code, stdout, stderr } = await tries(document);
  assert.is(code, 2);
  assert.is(stderr.match(/\[[a-z-]+\]$/gm)?.length, 3);
  assert.match(stdout, '3 expectations: 0 met, 1 not met, 2 bad');
  for (const format of ['tap', 'junit', 'json']) {
    const ended = await tries(document, '-o', format);
    assert.is(ended.code, 2);
    assert.not.match(ended.stdout, /^ok/m);
  }
});

test('a bad manifest is bad input, too', async () => {
  await withFiles({ 'c.yaml': `${CLUSTER}---\nkind: Pod\n`, 'e.yaml': one(GOOD) }, async (folder) => {
    const { code, stdout } = await runHere(['test', '--expect', 'e.yaml', '-f', 'c.yaml'], folder);
    assert.match(stdout, '1 expectation: 1 met');
    assert.is(code, 2);
  });
});

const JSON_ONE = '{"from": "shop/web", "to": "shop/db", "port": 5432, "expect": "allow"}';

test('lists, documents and single expectations, in YAML and JSON, many files', async () => {
  const files: Record<string, string> = {
    'list.yaml': `${one(GOOD)}\n${one(GOOD)}\n`,
    'documents.yaml': `${GOOD.replaceAll(', ', '\n')}\n---\n---\n${GOOD.replaceAll(', ', '\n')}\n`,
    'lists.yaml': `${one(GOOD)}\n---\n${one(GOOD)}\n`,
    'single.yaml': `${GOOD.replaceAll(', ', '\n')}\n`,
    'single.json': JSON_ONE,
    'list.json': `[${JSON_ONE}, ${JSON_ONE}]`,
    'stream.json': `${JSON_ONE}\n${JSON_ONE}\n`,
    'json.txt': `\ufeff[${JSON_ONE}]`,
  };
  const count = [2, 2, 2, 1, 1, 2, 2, 1].reduce((sum, n) => sum + n);
  await withFiles({ ...files, 'c/cluster.yaml': CLUSTER }, async (folder) => {
    const { code, stdout, stderr } = await runHere(
      ['test', '--expect', ...Object.keys(files), '-f', 'c'],
      folder,
    );
    assert.is(stderr, '');
    assert.match(stdout, `${count} expectations: ${count} met`);
    assert.is(code, 0);
  });
});

test('files of expectations may lie among the manifests, whatever is wrong with them', async () => {
  const files = { 'cluster.yaml': CLUSTER, 'good.yaml': one(GOOD), 'more.json': `[${JSON_ONE}]` };
  await withFiles(files, async (folder) => {
    const words = ['test', '--expect', 'good.yaml', '-f', '.'];
    assert.equal((await runHere(words, folder)).stderr, '');
    assert.is((await runHere(words, folder)).code, 0);
    assert.is((await runHere(['list', '-f', '.', '-o', 'text'], folder)).code, 0);
    assert.not.match((await runHere(['list', '-f', '.'], folder)).stderr, 'good.yaml');
  });
  await withFiles({ ...files, 'bad.yaml': 'from: [' }, async (folder) => {
    const { code, stderr } = await runHere(['test', '--expect', './bad.yaml', '-f', '.'], folder);
    assert.is(stderr.match(/yaml-syntax/g)?.length, 1, stderr);
    assert.is(code, 2);
  });
});

test('files that are not there', async () => {
  await withFiles({ 'c.yaml': CLUSTER, 'e.yaml': one(GOOD) }, async (folder) => {
    const missing = await runHere(['test', '--expect', 'e.yaml', 'nope.yaml', '-f', 'c.yaml'], folder);
    assert.match(missing.stderr, '"nope.yaml" does not exist');
    assert.is(missing.code, 2);
    const none = await runHere(['test', '-f', 'c.yaml'], folder);
    assert.match(none.stderr, '--expect FILE');
    assert.is(none.code, 2);
    const twice = await runHere(['test', '--expect', '-', '-f', '-'], folder);
    assert.match(twice.stderr, 'stdin (-) is given twice');
    assert.is(twice.code, 2);
  });
});

test('hostile names stay text in every format', async () => {
  const name = '</testcase>&"\\u001b[31m # SKIP \\n1..0\\ufffe';
  const document = `- {name: "${name}", from: shop/web, to: shop/db, port: 1, expect: allow}\n`.replaceAll(
    '&"',
    '&\\"',
  );
  const shown = {
    tap: /^1\.\.1\nnot ok 1 - .*\\# SKIP/m,
    junit: /name="&lt;\/testcase&gt;&amp;&quot;/,
    text: /FAIL/,
  };
  for (const [format, pattern] of Object.entries(shown)) {
    const { stdout, code } = await tries(document, '-o', format);
    assert.is(code, 1);
    assert.match(stdout, pattern);
    assert.not.ok(stdout.includes('\u001b'));
    if (format === 'junit') assert.not.ok(stdout.includes('\ufffe'), 'no character of XML');
    assert.not.match(stdout, /^1\.\.0/m);
  }
});

test.run();
