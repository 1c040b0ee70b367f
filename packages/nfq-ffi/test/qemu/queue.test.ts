import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../support/skip.ts';

/** The machine with Debian's kernel, which the compiler's tests brought along. */
type Qemu = typeof import('../../../compiler/test/support/qemu/qemu.ts');
const RUNNER = new URL('../../../compiler/test/support/qemu/qemu.ts', import.meta.url).href;
const { missingForQemu, runInQemu } = (await import(RUNNER)) as Qemu;

const GUEST = fileURLToPath(new URL('../support/qemu-guest.ts', import.meta.url));
const CONNECTION_MARK = fileURLToPath(new URL('../kernel/connection-mark.test.ts', import.meta.url));
/** The second time without the module that carries marks into conntrack; modprobe is not there to bring it back. */
const MARKS_TWICE = `
"$NODE" '${CONNECTION_MARK}'
"$CHECKOUT/node_modules/.cache/kncompile/debian/bin/busybox" rmmod nf_conntrack_netlink
"$NODE" '${CONNECTION_MARK}'
`;

const missing = missingForQemu();
if (missing) skip(missing);
else addTests();
test.run();

function addTests(): void {
  test('on Debian’s kernel: fanout over two queues each way, and a restart under traffic', async () => {
    const { code, output } = await runInQemu(`exec "$NODE" '${GUEST}'`);
    assert.is(code, 0, output);
    const seen = JSON.parse(output.trim().split('\n').at(-1) as string);
    const { counts, lost, ...rest } = seen;
    assert.equal(rest, { statement: true, firstCore: 5, secondCore: 10, afterRestart: 5 });
    // The first core's connections went through queue 0, the second's through queue 1, the answers through 2 and 3.
    assert.equal([counts[0], counts[1], counts[2] + counts[3]], [5, 10, 15]);
    assert.ok(lost, 'without bypass nothing passes while nobody listens');
  });

  test('on Debian’s kernel: connections are marked, and without nf_conntrack_netlink the kernel says that it cannot', async () => {
    const { code, output } = await runInQemu(`set -e${MARKS_TWICE}`);
    assert.is(code, 0, output);
    const said = [...output.matchAll(/this kernel .*|Passed: +\d+/g)].map(([words]) => words);
    const passed = 'Passed:    4';
    assert.equal(said, [
      'this kernel marks connections',
      passed,
      'this kernel does not mark connections',
      passed,
    ]);
  });
}
