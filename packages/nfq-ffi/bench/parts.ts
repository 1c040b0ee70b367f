/** What a packet's way through the worker is made of, measured apart: the profile behind the latency. */

import { createChain } from '../src/ffi/chain.ts';
import { pointer, prepareInt } from '../src/ffi/library.ts';
import { createLoop, createPacket, parsePacket } from '../src/index.ts';
import { createFakeQueue } from '../src/queue/fake.ts';
import { judge } from './accept.ts';

/** Name and nanoseconds, a median. */
export type Part = readonly [string, number];

const REPEATS = 25;
const TIMES = 4000;

export function measureParts(): readonly Part[] {
  const one = prepareInt('libc', 'labs', pointer(0n), pointer(0n));
  const step = { name: 'getppid', arguments: [] };
  const joined = createChain([step, step, step]);
  const packet = createPacket();
  const udp = Buffer.from('4500003c00010000401100000a0100010a02000104d203e80028000000000000', 'hex');
  const queue = createFakeQueue({ number: 0 });
  const loop = createLoop({
    queue,
    judge: { judge },
    direction: 'original',
    failVerdict: 'drop',
    holdMs: 1000,
    holdLimit: 1,
    holdLimitPerSource: 1,
    now: () => performance.now(),
  });
  return [
    ['an ffi-rs call with two parameters that does nothing', nanoseconds(one)],
    ['three system calls that do nothing, joined in one ffi-rs call', nanoseconds(() => joined.run(0))],
    ['parsing a packet', nanoseconds(() => parsePacket(udp, 0, udp.length, packet))],
    ['a turn of the loop without a packet and without a kernel', nanoseconds(() => loop.turn(0))],
  ];
}

function nanoseconds(run: () => unknown): number {
  const samples = Array.from({ length: REPEATS }, () => {
    const start = performance.now();
    for (let i = 0; i < TIMES; i++) run();
    return ((performance.now() - start) / TIMES) * 1e6;
  });
  return samples.sort((a, b) => a - b)[REPEATS >> 1] as number;
}
