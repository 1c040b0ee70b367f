import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { compileGolden, goldenCases, goldenCommand, readGolden } from './support/golden.ts';

for (const golden of goldenCases()) {
  test(`${golden.name}: ${golden.about}`, async () => {
    assert.match(golden.about, /^[^\n]+\.$/, 'about.md holds one sentence');
    const expected = readGolden(golden);
    const output = await compileGolden(golden);
    const again = `kncompile ${goldenCommand(golden).join(' ')}; \`pnpm goldens\` rewrites`;
    assert.fixture(output.ruleset, expected.ruleset, again);
    assert.fixture(output.messages, expected.messages, again);
  });
}

test.run();
