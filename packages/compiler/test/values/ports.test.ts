import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  allPorts,
  EVERYTHING,
  LAST_POINT,
  OTHER,
  PROTOCOLS,
  pointOf,
  pointOfPacket,
  type Span,
  spanOf,
  splitSpan,
} from '../../src/values/ports.ts';
import { unionSpans } from '../../src/values/spans.ts';

test('the axis has 65,536 points a protocol and one for all the others', () => {
  assert.is(LAST_POINT, 3 * 65536);
  assert.equal(EVERYTHING, { first: 0, last: LAST_POINT });
  const points = PROTOCOLS.flatMap((protocol) => [pointOf(protocol, 0), pointOf(protocol, 65535)]);
  assert.equal(points, [0, 65535, 65536, 131071, 131072, 196607]);
  assert.is(OTHER, 196608);
});

test('a protocol without port is every port of it, and a span keeps to its protocol (S23)', () => {
  assert.equal(allPorts('UDP'), { first: 65536, last: 131071 });
  assert.equal(spanOf('SCTP', 1, 2), { first: 131073, last: 131074 });
});

test('a packet is at its protocol and port; without ports at the last point (S28)', () => {
  assert.is(pointOfPacket(6, 80), 80);
  assert.is(pointOfPacket(17, 53), 65536 + 53);
  assert.is(pointOfPacket(132, 65535), OTHER - 1);
  for (const protocol of [0, 1, 2, 47, 50, 58, 136, 255]) assert.is(pointOfPacket(protocol, 80), OTHER);
});

test('a span is cut at the protocol borders, and nothing gets lost', () => {
  const parts = splitSpan({ first: 65535, last: OTHER });
  assert.equal(parts, [
    { protocol: 'TCP', first: 65535, last: 65535 },
    { protocol: 'UDP', first: 0, last: 65535 },
    { protocol: 'SCTP', first: 0, last: 65535 },
    { protocol: 'OTHER', first: 0, last: 0 },
  ]);
  assert.equal(splitSpan({ first: 3, last: 5 }), [{ protocol: 'TCP', first: 3, last: 5 }]);
});

const SMALL = 24;
const smallSpan = fc
  .tuple(fc.nat({ max: SMALL }), fc.nat({ max: SMALL }))
  .map(([a, b]): Span => ({ first: Math.min(a, b), last: Math.max(a, b) }));
const pointsOf = (spans: readonly Span[]): Set<number> =>
  new Set(spans.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i)));

test('a union holds the same points, sorted, with gaps between its spans', () => {
  fc.assert(
    fc.property(fc.array(smallSpan, { maxLength: 8 }), (spans) => {
      const union = unionSpans(spans);
      assert.equal(pointsOf(union), new Set([...pointsOf(spans)].sort((a, b) => a - b)));
      for (const [i, span] of union.slice(1).entries()) assert.ok(span.first > (union[i] as Span).last + 1);
    }),
    { numRuns: 1000 },
  );
});

test.run();
