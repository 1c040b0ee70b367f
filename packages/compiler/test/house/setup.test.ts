import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { type Ended, run, runNode } from '../support/subprocess.ts';

const setup = (...args: readonly string[]): Promise<Ended> => runNode([`${CHECKOUT}/.ci/setup.mjs`, ...args]);

test('installs nothing where nothing is missing, and then runs the script on Node 24', async () => {
  const script = `console.log(process.version.split('.')[0], process.argv.slice(2).join(' ')); process.exitCode = 3;`;
  await withFiles({ 'script.mjs': script }, async (folder) => {
    const { code, stdout, stderr } = await setup('run', `${folder}/script.mjs`, 'a', '--b');
    assert.not.match(stderr, 'installing npm');
    assert.is(stdout, 'v24 a --b\n');
    assert.is(code, 3);
  });
});

test('wrong use is an error', async () => {
  const { code, stderr } = await setup('everything');
  assert.is(code, 1);
  assert.match(stderr, 'usage: node .ci/setup.mjs run|test');
});

test('the list of Debian needs names each package once, with a reason', async () => {
  const show = `import { NEEDS } from '${CHECKOUT}/.ci/debian.mjs'; console.log(JSON.stringify(NEEDS));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', show]);
  const needs = JSON.parse(stdout) as { name: string; why: string; use: string }[];
  assert.is(new Set(needs.map(({ name }) => name)).size, needs.length);
  for (const { name, why, use } of needs) assert.ok(why !== '' && (use === 'run' || use === 'test'), name);
  for (const name of ['nftables', 'iproute2', 'iptables', 'libnetfilter-queue1', 'conntrack']) {
    assert.ok(
      needs.some((need) => need.name === name && need.use === 'run'),
      name,
    );
  }
});

test.run();
