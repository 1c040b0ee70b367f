import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commandCases, readCase, runCase, strayFiles } from '../support/command-golden.ts';

const cases = await commandCases();

for (const one of cases) {
  test(`${one.file}: kncompile ${one.args.join(' ')}`, async () => {
    const expected = readCase(one);
    const output = await runCase(one);
    assert.fixture(output.messages, expected.messages, 'stderr; `pnpm goldens` rewrites');
    assert.fixture(output.stdout, expected.stdout, 'stdout; `pnpm goldens` rewrites');
    assert.is(output.code, expected.code, 'exit code');
  });
}

test('every golden file has one case', () => {
  const files = cases.map(({ file }) => file);
  assert.equal(files, [...new Set(files)]);
  assert.equal(strayFiles(cases), []);
});

test.run();
