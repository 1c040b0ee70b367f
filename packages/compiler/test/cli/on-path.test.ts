/** The lines of the README that put the command on the PATH, run as they stand. */
import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT, withFiles } from '../support/checkout.ts';
import { README } from '../support/readme.ts';
import { run } from '../support/subprocess.ts';

const [, LINES = ''] = /```sh\nbin=\/usr\/local\/bin\n([^`]*)```/.exec(readFileSync(README, 'utf8')) ?? [];

test('the command is there under both names, and kubectl finds its completions', async () => {
  await withFiles({}, async (bin) => {
    const made = await run('sh', ['-c', LINES], { cwd: CHECKOUT, env: { bin } });
    assert.equal([made.code, made.stderr], [0, '']);
    const env = { PATH: `${bin}:/usr/bin:/bin` };
    const input = `${CHECKOUT}/fixtures/kubernetes-docs`;
    for (const name of ['kncompile', 'kubectl-kncompile']) {
      const { code, stdout, stderr } = await run(name, ['--dry-run', '-f', input], { cwd: '/', env });
      assert.is(stderr, '');
      assert.is(code, 0);
      assert.match(stdout, 'table inet kncompile');
    }
    const offered = await run('kubectl_complete-kncompile', ['-o', ''], { cwd: '/', env });
    assert.is(offered.stdout, 'nft\njson\n');
    const again = await run('sh', ['-c', LINES], { cwd: CHECKOUT, env: { bin } });
    assert.is(again.code, 0, again.stderr);
  });
});

test.run();
