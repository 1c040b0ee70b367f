/** Whether all commits were ours, with as few questions as that takes. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { FakeKernel } from '../../src/kernel/fake.ts';
import { type Change, textChange, transactionChange } from '../../src/kernel/kernel.ts';
import { WatchedKernel } from '../../src/reconcile/watched-kernel.ts';
import { changes, element, transaction } from '../nftables/support.ts';

const TABLE = 'add table inet kncompile\nadd set inet kncompile self4\n';

class CountingKernel extends FakeKernel {
  questions = 0;

  override commitNumber(): number {
    this.questions++;
    return super.commitNumber();
  }
}

function pairAdded(last: number): Change {
  const address = `10.0.0.${last}`;
  return transactionChange(
    transaction({ elements: [changes('self4', { added: [element([address, address])] })] }),
    'delta',
  );
}

function watched(): { readonly kernel: CountingKernel; readonly own: WatchedKernel } {
  const kernel = new CountingKernel();
  kernel.tamper(TABLE);
  const own = new WatchedKernel(kernel);
  own.trust(kernel.commitNumber());
  kernel.questions = 0;
  return { kernel, own };
}

test('one transaction behind another needs no question, and keeps the trust', async () => {
  const { kernel, own } = watched();
  for (let i = 1; i <= 5; i++) assert.is(await own.apply(pairAdded(i)), undefined);
  assert.is(kernel.questions, 0);
  assert.ok(own.isOnlyOurs);
});

test('so do texts, with questions', async () => {
  const { kernel, own } = watched();
  await own.apply(pairAdded(1));
  await own.apply(textChange('add set inet kncompile peers4\n', 'delta'));
  await own.apply(pairAdded(2));
  assert.is(kernel.questions, 2);
  assert.ok(own.isOnlyOurs);
});

test('a commit of another ends it, whatever is committed afterwards', async () => {
  for (const change of [pairAdded(1), textChange('add set inet kncompile peers4\n', 'delta')]) {
    const { kernel, own } = watched();
    kernel.tamper('add chain inet kncompile stranger\n');
    assert.not.ok(own.isOnlyOurs);
    assert.is(await own.apply(change), undefined);
    assert.is(await own.apply(pairAdded(9)), undefined);
    assert.not.ok(own.isOnlyOurs);
    own.trust(kernel.commitNumber());
    assert.is(await own.apply(pairAdded(10)), undefined);
    assert.ok(own.isOnlyOurs);
  }
});

test('what the kernel refuses changes nothing about it', async () => {
  const { kernel, own } = watched();
  await own.apply(pairAdded(1));
  assert.is((await own.apply(pairAdded(1)))?.code, 'rejected');
  assert.ok(own.isOnlyOurs);
  kernel.tamper('add chain inet kncompile stranger\n');
  assert.is((await own.apply(pairAdded(1)))?.code, 'rejected');
  assert.not.ok(own.isOnlyOurs);
});

test.run();
