import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createFakeQueue } from '../../src/index.ts';
import { datagrams } from '../support/corpus.ts';

for (const { name, about, hex, expect } of datagrams) {
  test(`${name}: ${about}`, () => {
    const queue = createFakeQueue({ number: 2 });
    queue.injectDatagram(Buffer.from(hex, 'hex'));
    const batch = queue.receive(0);
    const packet =
      batch.count === 0 ? {} : { id: batch.ids[0], mark: batch.marks[0], length: batch.lengths[0] };
    const { malformed, rejected, overflows } = queue.counters;
    const raised = Object.entries({ malformed, rejected, overflows }).filter(([, count]) => count > 0);
    assert.equal({ ...packet, ...Object.fromEntries(raised) }, expect);
  });
}

test.run();
