import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Lab } from '../support/lab/lab.ts';
import { missingForLab } from '../support/lab/requires.ts';
import { rulesPassed } from '../support/lab/rules-per-packet.ts';
import { skip } from '../support/skip.ts';

const missing = missingForLab();
if (missing) skip(missing, 'namespaces');
else addTests(await Lab.create());
test.run();

function addTests(lab: Lab): void {
  test.after(() => lab.close());

  test('a packet passes as many rules with 10,000 policies as with one, in the kernel and in the simulator', async () => {
    const [one, ...more] = await rulesPassed(lab, [1, 100, 1000, 10_000]);
    assert.ok(one?.kernel.every((count) => count >= 4));
    assert.equal(one?.kernel, one?.simulator);
    for (const { policies, kernel, simulator } of more) {
      assert.equal(kernel, one?.kernel, `${policies} policies`);
      assert.equal(simulator, one?.simulator, `${policies} policies`);
    }
  });
}
