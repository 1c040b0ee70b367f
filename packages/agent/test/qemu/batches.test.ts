/** Our netlink batches on Debian's kernel: they are of the protocol of Linux 5.15, and the other tests' kernel is newer. */
import { missingForQemu, runInQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MARK } from '../kernel/support/inside.ts';

/** Ten transactions: Node is slow there. */
const SCRIPT = `set -e
cd "$CHECKOUT/packages/agent/test/kernel"
export ${MARK}=1 KNCOMPILE_CASES=50 NO_COLOR=1
"$NODE" batch-nft.test.ts
"$NODE" batch-random.test.ts
`;

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('the kernel takes and refuses them as nft, and lists what nft makes', async () => {
    const { code, output } = await runInQemu(SCRIPT);
    assert.is(code, 0, output);
    assert.is(output.match(/Skipped: +0$/gm)?.length, 2, output);
  });
}
