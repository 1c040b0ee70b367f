import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { BlockPartition, blockRanges } from '../../src/cluster/block-partition.ts';
import type { BlockMatch } from '../../src/model/types.ts';
import { type Family, familyBits, formatIp, type IpValue } from '../../src/values/address.ts';
import { type Cidr, cidrHolds, cidrOf, isStrictSubset, parseCidr } from '../../src/values/cidr.ts';

/** Blocks of the lowest and the highest 64 addresses, where borders meet, and of everything. */
const block = (family: Family): fc.Arbitrary<BlockMatch> => {
  const bits = familyBits(family);
  const value = fc
    .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 63n }))
    .map(([high, offset]) => (high ? (1n << BigInt(bits)) - 1n - offset : offset));
  const cidr = fc
    .tuple(value, fc.constantFrom(0, 1, bits - 6, bits - 5, bits - 4, bits - 3, bits - 2, bits - 1, bits))
    .map(([at, prefix]) => cidrOf({ family, value: at }, prefix));
  return fc
    .record({ kind: fc.constant('block' as const), cidr, except: fc.array(cidr, { maxLength: 6 }) })
    .map((made) => ({ ...made, except: made.except.filter((hole) => isStrictSubset(hole, made.cidr)) }));
};

/** The addresses that could be told apart, and their neighbours. */
function pointsAround(family: Family, cidrs: readonly Cidr[]): IpValue[] {
  const end = (1n << BigInt(familyBits(family))) - 1n;
  const near = cidrs.flatMap(({ first, last }) => [first - 1n, first, last, last + 1n]);
  return [0n, end, ...near]
    .filter((value) => value >= 0n && value <= end)
    .map((value) => ({ family, value }));
}

const isIn = ({ cidr, except }: BlockMatch, ip: IpValue): boolean =>
  cidrHolds(cidr, ip) && !except.some((hole) => cidrHolds(hole, ip));

for (const family of [4, 6] as const) {
  test(`ranges of an IPv${family} block are ascending and hold what the block holds (S22)`, () => {
    fc.assert(
      fc.property(block(family), (made) => {
        const ranges = blockRanges(made);
        let before = -2n;
        for (const { first, last } of ranges) {
          assert.ok(first <= last && first > before);
          before = last;
        }
        for (const ip of pointsAround(family, [made.cidr, ...made.except])) {
          const held = ranges.some(({ first, last }) => first <= ip.value && ip.value <= last);
          assert.is(held, isIn(made, ip), formatIp(ip));
        }
      }),
      { numRuns: 500 },
    );
  });

  test(`a partition of IPv${family} covers every address once and tells the blocks that hold it`, () => {
    fc.assert(
      fc.property(fc.array(block(family), { maxLength: 6 }), (blocks) => {
        const partition = new BlockPartition(family, new Map(blocks.map((one, i) => [i * 3, one])));
        let next = 0n;
        for (const { first, last } of partition.cells) {
          assert.is(first, next);
          assert.ok(first <= last);
          next = last + 1n;
        }
        assert.is(next, 1n << BigInt(familyBits(family)));
        for (const ip of pointsAround(
          family,
          blocks.flatMap(({ cidr, except }) => [cidr, ...except]),
        )) {
          const expected = blocks.flatMap((one, i) => (isIn(one, ip) ? [i * 3] : []));
          assert.equal([...partition.factsOf(formatIp(ip))], expected, formatIp(ip));
          const { first, last } = partition.cellOf(ip.value);
          assert.ok(first <= ip.value && ip.value <= last);
        }
      }),
      { numRuns: 500 },
    );
  });
}

test('blocks of the other family do not cut', () => {
  const everything = { kind: 'block' as const, cidr: (parseCidr('::/1') as { cidr: Cidr }).cidr, except: [] };
  const partition = new BlockPartition(4, new Map([[1, everything]]));
  assert.equal(partition.cells, [{ first: 0n, last: 0xffff_ffffn, facts: [] }]);
});

test.run();
