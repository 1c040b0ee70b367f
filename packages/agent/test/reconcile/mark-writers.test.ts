import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { markWriters } from '../../src/reconcile/mark-writers.ts';

const MASK = 0xfff0_0000;
const CT_MARK = { ct: { key: 'mark' } };

const writing = (value: unknown, table = 'mangle'): string =>
  JSON.stringify({
    nftables: [
      { metainfo: {} },
      {
        rule: {
          family: 'inet',
          table,
          chain: 'c',
          expr: [{ counter: {} }, { mangle: { key: CT_MARK, value } }],
        },
      },
    ],
  });

const WRITES: Readonly<Record<string, unknown>> = {
  'a number': 1,
  'the packet mark': { meta: { key: 'mark' } },
  'a bit of ours': { '|': [CT_MARK, 0x0010_0000] },
  'zeros in bits of ours': { '&': [CT_MARK, 0x0fff_ffff] },
  'a flipped bit of ours': { '^': [CT_MARK, 0x8000_0000] },
  'bits of ours and then others': { '|': [{ '&': [CT_MARK, 0xff] }, 1] },
};
for (const [what, value] of Object.entries(WRITES))
  test(`${what} is noticed`, () => assert.equal(markWriters(writing(value), MASK), ['inet mangle c']));

const LEAVES: Readonly<Record<string, unknown>> = {
  'another bit': { '|': [CT_MARK, 0x0000_4000] },
  'zeros in other bits': { '&': [CT_MARK, 0xffff_0000] },
  'other bits': { '|': [{ '&': [CT_MARK, 0xffff_ff00] }, 0x12] },
};
for (const [what, value] of Object.entries(LEAVES))
  test(`${what} is nobody's business`, () => assert.equal(markWriters(writing(value), MASK), []));

test('our own rules are not meant', () => {
  assert.equal(markWriters(writing(1, 'kncompile'), MASK), []);
  assert.equal(markWriters('{"nftables":[{"metainfo":{}},{"rule":{"expr":null}}]}', MASK), []);
});

test.run();
