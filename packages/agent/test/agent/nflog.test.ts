/** NFLOG messages as the kernel sends them, and as nobody should. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { attribute, netfilterMessage } from '../../src/kernel/netlink.ts';
import { packetsIn } from '../../src/kernel/nflog.ts';

const PACKET = 4 << 8;
const DONE = 3;

const attributes = (prefix: string, payload: string): Buffer =>
  Buffer.concat([
    attribute(1, Buffer.from([0x08, 0x00, 2, 0])),
    attribute(10, Buffer.from(`${prefix}\0`)),
    attribute(9, Buffer.from(payload)),
  ]);

const message = (prefix: string, payload: string): Buffer => {
  const made = netfilterMessage(PACKET, 0, 2, attributes(prefix, payload));
  return Buffer.concat([made, Buffer.alloc(-made.length & 3)]);
};

test('several packets in one read, each with its prefix; other messages are left out', () => {
  const received = Buffer.concat([
    message('original', 'first'),
    netfilterMessage(DONE, 0, 0, Buffer.alloc(4)),
    message('reply', 'second!'),
  ]);
  assert.equal(
    packetsIn(received, received.length).map(({ prefix, bytes }) => [prefix, bytes.toString()]),
    [
      ['original', 'first'],
      ['reply', 'second!'],
    ],
  );
});

test('bytes are copies: the next read does not change them', () => {
  const received = message('original', 'bytes');
  const [packet] = packetsIn(received, received.length);
  received.fill(0);
  assert.is(packet?.bytes.toString(), 'bytes');
});

test('cut at every byte, and with every length wrong, it reads no packet that is not there', () => {
  const whole = message('original', 'payload');
  for (let length = 0; length < whole.length - 3; length++)
    assert.is(packetsIn(whole, length).length, 0, String(length));
  for (let at = 0; at < whole.length; at++)
    for (const value of [0, 1, 3, 0x7f, 0xff]) {
      const broken = Buffer.from(whole);
      broken[at] = value;
      for (const { bytes } of packetsIn(broken, broken.length)) assert.ok(bytes.length <= whole.length);
    }
});

test.run();
