import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHECKOUT } from '../support/checkout.ts';
import { runNode } from '../support/subprocess.ts';

test('the generated validators follow from the schemas', async () => {
  const script = join(CHECKOUT, 'packages/compiler/scripts/schemas.ts');
  const { code, stderr } = await runNode([script, '--check']);
  assert.is(code, 0, stderr);
});

test.run();
