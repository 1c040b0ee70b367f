import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseStatistics } from '../../src/queue/statistics.ts';

test('reads the lines of /proc/net/netfilter/nfnetlink_queue', () => {
  const text =
    '    0  17021     0 2   128     3     4   627008  1\n65535 4294962934 12 2 65531     0     0        9  1\n';
  assert.equal(parseStatistics(text), [
    { number: 0, portId: 17021, waiting: 0, copyRange: 128, queueDropped: 3, userDropped: 4, lastId: 627008 },
    {
      number: 65535,
      portId: 4294962934,
      waiting: 12,
      copyRange: 65531,
      queueDropped: 0,
      userDropped: 0,
      lastId: 9,
    },
  ]);
});

test('no queue, no line', () => {
  assert.equal(parseStatistics(''), []);
});

test.run();
