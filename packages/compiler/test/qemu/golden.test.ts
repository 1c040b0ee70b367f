import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { missingForQemu, runInQemu } from '../support/qemu/qemu.ts';
import { skip } from '../support/skip.ts';

/**
 * On Debian's kernel, which has the queue statement: loads and lists each golden file. One boot for all, because
 * each takes seconds. (What nft lists is not always what it reads: `0:0` comes back as `none`.)
 */
const LOAD_ALL = `
cd "$CHECKOUT"
for file in fixtures/*/ruleset.nft; do
  nft flush ruleset
  nft -f "$file" && nft list ruleset > /run/listed \\
    && echo "$file $(grep -c 'chain ' /run/listed) chains $(grep -c 'queue.* to [0-9]' /run/listed) queues"
done
`;

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('Debian’s kernel and nft take every golden file, queue statements included, and list it back', async () => {
    const files = globSync('fixtures/*/ruleset.nft', { cwd: CHECKOUT }).sort();
    const { code, output } = await runInQemu(LOAD_ALL);
    const expected = files.map((file) => {
      const text = readFileSync(join(CHECKOUT, file), 'utf8');
      const count = (pattern: RegExp) => [...text.matchAll(pattern)].length;
      return `${file} ${count(/^\s*chain \S+ \{/gm)} chains ${count(/^\s*queue .*to [0-9]/gm)} queues`;
    });
    assert.is(code, 0, output);
    assert.equal(output.trim().split('\n'), expected);
    assert.match(output, / [1-9]\d* queues/);
  });
}
