/** What the program says and how it ends when it does not come to run. */
import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import packageJson from '../../package.json' with { type: 'json' };
import { Run } from './support.ts';

async function ending(run: Run): Promise<{ code: number | string; messages: readonly string[] }> {
  const code = await run.ended;
  assert.is(run.stray, '');
  return { code, messages: run.lines.map(({ msg }) => msg) };
}

test('all mistakes of flags and variables at once, and exit code 2', async () => {
  const run = new Run(['word', '--datapath=fast', '--bogus', '--resolve-timeout=0s', '--log-denied'], {
    env: { KNCOMPILE_QUEUE_RANGE: 'x', KNCOMPILE_SOURCE: 'files:' },
  });
  const { code, messages } = await ending(run);
  assert.is(code, 2);
  for (const word of [
    '--datapath',
    '--bogus',
    'word',
    '--resolve-timeout',
    '--log-denied',
    'QUEUE_RANGE',
    'SOURCE',
    '--node-name',
  ])
    assert.ok(
      messages.some((message) => message.includes(word)),
      `${word} in ${messages.join('\n')}`,
    );
  assert.is(messages.length, 8);
  assert.is(run.stdout, '');
  for (const { level } of run.lines) assert.is(level, 'fatal');
});

test('hostile words are printed as what they are', async () => {
  const { code, messages } = await ending(new Run(['--node-name=\u001b[2J\n"', '--source=files:/nowhere']));
  assert.is(code, 2);
  assert.is(messages.length, 1);
  assert.match(messages[0] ?? '', /^[ -~]+$/);
});

test('help and version go to stdout, whatever else is wrong', async () => {
  const help = new Run(['--help', '--datapath=nonsense']);
  assert.is((await ending(help)).code, 0);
  assert.match(help.stdout, /--metrics-bind-address/);
  const version = new Run(['--version']);
  assert.is((await ending(version)).code, 0);
  assert.is(version.stdout, `${packageJson.version}\n`);
});

test('without CAP_NET_ADMIN one message and exit code 1, for the clean-up too', async () => {
  const isRoot = process.getuid?.() === 0;
  const through = isRoot ? ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'] : [];
  if (isRoot && spawnSync('setpriv', ['--version']).error) return;
  for (const flags of [['--source=files:/nowhere', '--node-name=a'], ['--cleanup']]) {
    const { code, messages } = await ending(new Run(flags, { through }));
    assert.is(code, 1);
    assert.is(messages.length, 1);
    assert.match(messages[0] ?? '', /CAP_NET_ADMIN/);
  }
});

test('no cluster is configured: what is expected, and exit code 2', async () => {
  if (process.getuid?.() !== 0) return;
  const flags = ['--node-name=a', '--metrics-bind-address=127.0.0.1:0'];
  for (const extra of [[], ['--kubeconfig=/nowhere/config']]) {
    const run = new Run([...flags, ...extra], { env: { HOME: '/nowhere', KUBERNETES_SERVICE_HOST: '' } });
    const { code, messages } = await ending(run);
    assert.is(code, 2);
    assert.is(messages.length, 1);
    assert.match(messages[0] ?? '', /kubeconfig-missing/);
  }
});

test.run();
