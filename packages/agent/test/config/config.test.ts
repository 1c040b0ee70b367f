import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AgentConfig, compileOptionsOf, readConfig } from '../../src/config/config.ts';
import type { Flag } from '../../src/config/flag.ts';
import { FLAGS } from '../../src/config/flags.ts';

type Environment = Readonly<Record<string, string>>;

const ALL: readonly Flag[] = Object.values(FLAGS);

async function config(argv: readonly string[], environment: Environment = {}): Promise<AgentConfig> {
  const result = await readConfig(['--node-name=node-a', ...argv], environment);
  if (result.kind !== 'run') throw new Error(JSON.stringify(result));
  return result.config;
}

async function errors(argv: readonly string[], environment: Environment = {}): Promise<readonly string[]> {
  const result = await readConfig(argv, environment);
  return result.kind === 'wrong' ? result.errors : [];
}

test('defaults', async () => {
  assert.equal(await config([]), {
    source: { kind: 'cluster', kubeconfig: undefined },
    nodeName: 'node-a',
    podCidrs: [],
    datapath: 'kernel',
    established: 'revoke',
    failOpen: false,
    queues: { original: { first: 100, last: 101 }, reply: { first: 102, last: 103 } },
    markMask: 0xfff00000,
    cellBudget: 1_000_000,
    resolveTimeout: 1000,
    metricsBindAddress: { host: undefined, port: 9080 },
    kubeNetworkPoliciesMetrics: true,
    logLevel: 'info',
    logDenied: { count: 10, per: 'second' },
    status: 'on',
  });
});

test('every default is a value that its flag takes', () => {
  for (const { name, default: text, parse } of ALL)
    if (text !== undefined) assert.ok('value' in parse(text), name);
});

/** Flag, text, key of the configuration, value. */
const VALUES: readonly (readonly [flag: string, text: string, key: keyof AgentConfig, value: unknown])[] = [
  ['source', 'files:/some/dir', 'source', { kind: 'files', directory: '/some/dir' }],
  ['kubeconfig', '/some/file', 'source', { kind: 'cluster', kubeconfig: '/some/file' }],
  ['datapath', 'queue', 'datapath', 'queue'],
  ['established', 'keep', 'established', 'keep'],
  ['fail-open', 'true', 'failOpen', true],
  ['status', 'off', 'status', 'off'],
  ['queue-range', '0-1', 'queues', { original: { first: 0, last: 0 }, reply: { first: 1, last: 1 } }],
  ['ct-mark-mask', '0x0000ff00', 'markMask', 0xff00],
  ['cell-budget', '0', 'cellBudget', 0],
  ['resolve-timeout', '1.5s', 'resolveTimeout', 1500],
  ['resolve-timeout', '20ms', 'resolveTimeout', 20],
  ['metrics-bind-address', '127.0.0.1:80', 'metricsBindAddress', { host: '127.0.0.1', port: 80 }],
  ['metrics-bind-address', '[::1]:80', 'metricsBindAddress', { host: '::1', port: 80 }],
  ['metrics-bind-address', 'localhost:80', 'metricsBindAddress', { host: 'localhost', port: 80 }],
  ['kube-network-policies-metrics', 'false', 'kubeNetworkPoliciesMetrics', false],
  ['log-level', 'debug', 'logLevel', 'debug'],
  ['log-denied', '5/minute', 'logDenied', { count: 5, per: 'minute' }],
  ['log-denied', 'off', 'logDenied', undefined],
];

for (const [flag, text, key, value] of VALUES) {
  test(`--${flag}=${text}, and as a variable`, async () => {
    const variable = `KNCOMPILE_${flag.toUpperCase().replaceAll('-', '_')}`;
    assert.equal((await config([`--${flag}=${text}`]))[key], value);
    assert.equal((await config([`--${flag}`, text]))[key], value);
    assert.equal((await config([], { [variable]: text }))[key], value);
    assert.equal(
      (await config([`--${flag}=${text}`], { [variable]: 'nonsense' }))[key],
      value,
      'the flag comes first',
    );
  });
}

const WRONG: readonly (readonly [flag: string, text: string, expected: string])[] = [
  ['source', 'files:', 'cluster, or files: and a directory, such as files:/etc/kncompile'],
  ['source', 'Cluster', 'cluster, or files: and a directory, such as files:/etc/kncompile'],
  ['kubeconfig', '', 'a path'],
  ['node-name', 'Node_A', "the name of this node's Node object, in lower case"],
  ['pod-cidr', '10.0.0.0', 'address/prefix, such as 10.244.0.0/16'],
  ['pod-cidr', '10.0.0.1/8', '10.0.0.0/8'],
  ['datapath', 'user', 'kernel or queue'],
  ['established', '', 'revoke or keep'],
  ['fail-open', 'yes', 'true or false'],
  ['queue-range', '100-102', 'an even number of queues A-B from 0 to 65535, such as 100-103'],
  ['queue-range', '65535-65536', 'an even number of queues A-B from 0 to 65535, such as 100-103'],
  ['ct-mark-mask', '0xf0f', 'at least two adjacent bits of 32, such as 0xfff00000'],
  ['cell-budget', '-1', 'a whole number'],
  ['cell-budget', '1e6', 'a whole number'],
  ['resolve-timeout', '1', 'a duration from 1ms to 60s, such as 500ms or 1s'],
  ['resolve-timeout', '61s', 'a duration from 1ms to 60s, such as 500ms or 1s'],
  ['metrics-bind-address', '9080', 'HOST:PORT, [IPv6]:PORT or :PORT, such as :9080 or 127.0.0.1:9080'],
  ['metrics-bind-address', '::1:80', 'HOST:PORT, [IPv6]:PORT or :PORT, such as :9080 or 127.0.0.1:9080'],
  ['metrics-bind-address', ':65536', 'HOST:PORT, [IPv6]:PORT or :PORT, such as :9080 or 127.0.0.1:9080'],
  ['log-level', 'loud', 'trace or debug or info or warn or error or fatal or silent'],
  ['log-denied', '0/second', 'a rate such as 10/second (or minute, hour, day), or off'],
  ['log-denied', '1/second/x', 'a rate such as 10/second (or minute, hour, day), or off'],
  ['cleanup', 'maybe', 'true or false'],
];

for (const [flag, text, expected] of WRONG) {
  test(`--${flag}=${text} is refused`, async () => {
    const rest = flag === 'node-name' ? [] : ['--node-name=node-a'];
    assert.equal(await errors([...rest, `--${flag}=${text}`]), [`--${flag}=${text}: expected ${expected}`]);
  });
}

test('everything that is wrong is said at once, under the name that it was given by', async () => {
  assert.equal(
    await errors(['--datapath=user', '--no-such', 'stray', '--cell-budget', 'x', '--cell-budget', 'y'], {
      KNCOMPILE_LOG_LEVEL: 'loud',
      NODE_NAME: 'UPPER',
    }),
    [
      'stray: expected a flag that --help lists',
      '--no-such: expected a flag that --help lists',
      "NODE_NAME=UPPER: expected the name of this node's Node object, in lower case",
      '--datapath=user: expected kernel or queue',
      '--cell-budget=x,y: expected it once',
      'KNCOMPILE_LOG_LEVEL=loud: expected trace or debug or info or warn or error or fatal or silent',
    ],
  );
});

test('the node has to be named, by a flag or by one of two variables', async () => {
  assert.equal(await errors([]), [
    '--node-name: expected the name of the node, also as NODE_NAME or KNCOMPILE_NODE_NAME',
  ]);
  for (const [environment, name] of [
    [{ NODE_NAME: 'b' }, 'b'],
    [{ NODE_NAME: 'b', KNCOMPILE_NODE_NAME: 'c' }, 'c'],
    [{ NODE_NAME: 'b', KNCOMPILE_NODE_NAME: '' }, 'b'],
  ] as const) {
    const result = await readConfig([], environment);
    assert.is(result.kind === 'run' && result.config.nodeName, name);
  }
});

test('to clean up no node is needed', async () => {
  assert.is((await readConfig(['--cleanup'], {})).kind, 'cleanup');
  assert.is((await readConfig(['--cleanup', '--node-name=a'], {})).kind, 'cleanup');
  assert.is((await readConfig(['--cleanup=false', '--node-name=a'], {})).kind, 'run');
});

test('switches stand alone, and may be denied', async () => {
  assert.is((await config(['--fail-open'])).failOpen, true);
  assert.is((await config(['--fail-open', '--datapath=queue'])).failOpen, true);
  assert.is((await config(['--no-fail-open'], { KNCOMPILE_FAIL_OPEN: 'true' })).failOpen, false);
  assert.is((await config(['--no-kube-network-policies-metrics'])).kubeNetworkPoliciesMetrics, false);
});

test('pod CIDRs: several flags, or one with commas', async () => {
  for (const argv of [
    ['--pod-cidr=10.244.0.0/16', '--pod-cidr=fd00::/64'],
    ['--pod-cidr=10.244.0.0/16,fd00::/64'],
  ]) {
    assert.equal(
      (await config(argv)).podCidrs.map(({ family }) => family),
      [4, 6],
    );
  }
  assert.equal(await errors(['--node-name=a', '--pod-cidr=10.1.0.0/16,10.2.0.0/16']), [
    '--pod-cidr=10.1.0.0/16,10.2.0.0/16: expected one per family',
  ]);
});

test('a kubeconfig says nothing about files', async () => {
  assert.equal(await errors(['--node-name=a', '--source=files:/x', '--kubeconfig=/y']), [
    '--kubeconfig=/y: expected only with --source=cluster',
  ]);
});

test('a text cannot pass for another line of the message', async () => {
  assert.equal(await errors(['--node-name=a', '--datapath=x\nall is well']), [
    '--datapath=x\\u{a}all is well: expected kernel or queue',
  ]);
});

test('help shows every flag with its variables and its default', async () => {
  const result = await readConfig(['--help', '--datapath=nonsense'], {});
  assert.is(result.kind, 'text');
  const text = result.kind === 'text' ? result.text.replaceAll(/\s+/g, ' ') : '';
  for (const { name, environment, default: byDefault } of ALL) {
    assert.ok(text.includes(`--${name} `), name);
    for (const variable of environment) assert.ok(text.includes(variable), variable);
    if (byDefault !== undefined) assert.ok(text.includes(`[default: ${byDefault}]`), byDefault);
  }
  assert.is((await readConfig(['--version'], {})).kind, 'text');
});

test('the compiler gets what concerns it', async () => {
  const options = compileOptionsOf(await config(['--established=keep', '--cell-budget=7', '--fail-open']));
  assert.is(options.node, 'node-a');
  assert.is(options.established, 'keep');
  assert.is(options.cellBudget, 7);
  assert.is(options.failOpen, true);
});

test.run();
