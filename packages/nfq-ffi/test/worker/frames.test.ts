import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NfqError } from '../../src/index.ts';
import { type Command, encodeFrame, FrameReader } from '../../src/worker/frames.ts';

const commands: readonly Command[] = [
  { kind: 'update', state: new Map([['10.0.0.1', { class: 7n, ports: new Uint16Array([80]) }]]) },
  { kind: 'update', state: 'x'.repeat(100_000) },
  { kind: 'stop' },
];
const stream = Buffer.concat(commands.map(encodeFrame));

for (const size of [1, 3, 4, 5, 1000, stream.length]) {
  test(`messages survive a stream cut into pieces of ${size} bytes`, () => {
    const reader = new FrameReader<Command>();
    const read: Command[] = [];
    const bytes = size === 1 ? stream.subarray(0, 400) : stream;
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.push(bytes.subarray(at, at + size)));
    assert.equal(read, size === 1 ? commands.slice(0, 1) : commands);
  });
}

test('what is no message is an error that says so', () => {
  const reader = new FrameReader<Command>();
  assert.throws(
    () => reader.push(Buffer.from('04000000deadbeef', 'hex')),
    (error: unknown) => error instanceof NfqError && error.code === 'NFQ_CONTROL',
  );
});

test.run();
