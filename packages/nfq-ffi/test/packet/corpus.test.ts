import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { packets } from '../support/corpus.ts';
import { summarize } from '../support/summary.ts';

for (const { name, about, hex, expect } of packets) {
  test(`${name}: ${about}`, () => {
    const bytes = Buffer.from(hex, 'hex');
    assert.equal(summarize(bytes), expect);
    // Whatever lies around the packet in memory has no say.
    for (const fill of [0x00, 0x45, 0x60, 0xff]) {
      const around = Buffer.alloc(bytes.length + 200, fill);
      bytes.copy(around, 100);
      assert.equal(summarize(around, 100, bytes.length), expect, `surrounded by ${fill}`);
    }
  });
}

test('names are unique', () => {
  assert.is(new Set(packets.map((packet) => packet.name)).size, packets.length);
});

test.run();
