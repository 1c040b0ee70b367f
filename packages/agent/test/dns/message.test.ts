import packet from 'dns-packet';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, readAnswer, readQuestion } from '../../src/dns/message.ts';

type Record = NonNullable<packet.Packet['answers']>[number];

const query = (name: string, type: 'A' | 'AAAA' = 'A', id = 7): Buffer =>
  packet.encode({ type: 'query', id, questions: [{ type, name }] });

const reply = (name: string, answers: Record[], more: packet.Packet = {}): Buffer =>
  packet.encode({ type: 'response', id: 7, questions: [{ type: 'A', name }], answers, ...more });

const a = (name: string, data: string, ttl = 60): Record => ({ type: 'A', name, ttl, data });
const alias = (name: string, data: string, ttl = 60): Record => ({ type: 'CNAME', name, ttl, data });

/** `address/ttl` of everything in an answer. */
const told = (answer: Answer | undefined): string[] =>
  (answer?.addresses ?? []).map(({ octets, ttl }) => `${octets.join('.')}/${ttl}`);

test('S37: a question is read in lower case, without the dot at its end', () => {
  assert.equal(readQuestion(query('API.Example.com')), { id: 7, name: 'api.example.com', type: 1 });
  assert.equal(readQuestion(query('api.example.com.', 'AAAA', 65_535)), {
    id: 65_535,
    name: 'api.example.com',
    type: 28,
  });
});

test('S37: the addresses of the name are taken, with their time to live', () => {
  const answer = readAnswer(
    reply('x.org', [a('x.org', '1.2.3.4', 30), a('X.ORG', '1.2.3.5', 90), a('x.org', '1.2.3.4', 5)]),
  );
  assert.equal(told(answer), ['1.2.3.4/30', '1.2.3.5/90']);
});

test('S37: aliases within one answer are followed, and the shortest time to live counts', () => {
  const records = [alias('x.org', 'y.net', 20), a('z.com', '9.9.9.9', 300), alias('y.net', 'z.com', 100)];
  assert.equal(told(readAnswer(reply('x.org', records))), ['9.9.9.9/20']);
});

test('S37: records that do not answer the question teach nothing', () => {
  const records = [a('other.org', '6.6.6.6'), alias('other.org', 'x.org'), a('y.net', '6.6.6.7')];
  assert.equal(told(readAnswer(reply('x.org', records))), []);
  const additional = reply('x.org', [], {
    additionals: [a('x.org', '6.6.6.6')],
    authorities: [a('x.org', '6.6.6.6')],
  });
  assert.equal(told(readAnswer(additional)), []);
});

test('S37: a circle of aliases ends', () => {
  assert.equal(
    told(
      readAnswer(reply('x.org', [alias('x.org', 'y.org'), alias('y.org', 'x.org'), a('y.org', '1.1.1.1')])),
    ),
    ['1.1.1.1/60'],
  );
});

test('S37: an answer that reports an error teaches nothing', () => {
  const message = reply('x.org', [a('x.org', '1.2.3.4')]);
  message[3] = (message[3] as number) | 3;
  assert.equal(readAnswer(message), { id: 7, name: 'x.org', type: 1, addresses: [] });
});

test('S37: a dot within a label is no dot between labels', () => {
  const message = query('axexample.com');
  message[message.indexOf('axexample')] = 0x61;
  message[message.indexOf('axexample') + 1] = 0x2e;
  assert.is(readQuestion(message), undefined);
});

test('S37: an answer may have hundreds of addresses', () => {
  const records = Array.from({ length: 500 }, (_, n) => a('x.org', `10.0.${n >> 8}.${n & 255}`));
  assert.is(readAnswer(reply('x.org', records))?.addresses.length, 500);
});

test('S37: what is cut off, has two questions, another class or an operation is no answer', () => {
  const message = reply('x.org', [a('x.org', '1.2.3.4')]);
  assert.ok(readAnswer(message));
  for (let length = 0; length < message.length; length++)
    assert.is(readAnswer(message.subarray(0, length)), undefined, `${length}`);
  assert.is(readAnswer(query('x.org')), undefined);
  assert.is(readQuestion(message), undefined);
  const twice = packet.encode({
    type: 'response',
    questions: [
      { type: 'A', name: 'x.org' },
      { type: 'A', name: 'y.org' },
    ],
  });
  assert.is(readAnswer(twice), undefined);
  const update = Buffer.from(message);
  update[2] = (update[2] as number) | (5 << 3);
  assert.is(readAnswer(update), undefined);
});

test('a pointer that leads forwards, or to itself, is malformed', () => {
  for (const target of [12, 13, 40, 0x3fff]) {
    const message = new Uint8Array(18);
    message.set([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0 | (target >> 8), target & 255, 0, 1, 0, 1]);
    assert.is(readQuestion(message), undefined);
  }
});

const NAME = fc
  .array(fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/), { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'));
const ANSWER: fc.Arbitrary<Record> = fc.oneof(
  fc.record({ type: fc.constant('A' as const), name: NAME, ttl: fc.nat(100_000), data: fc.ipV4() }),
  fc.record({ type: fc.constant('CNAME' as const), name: NAME, ttl: fc.nat(100_000), data: NAME }),
);

test('property: questions and owners are read as another reader reads them', () => {
  fc.assert(
    fc.property(NAME, fc.nat(65_535), fc.array(ANSWER, { maxLength: 8 }), (name, id, answers) => {
      const own = answers.map((each, n) => (n % 2 === 0 ? { ...each, name } : each));
      const message = packet.encode({ type: 'response', id, questions: [{ type: 'A', name }], answers: own });
      const read = readAnswer(message);
      assert.is(read?.id, id);
      assert.is(read?.name, name.toLowerCase());
      const direct = own.flatMap((each) =>
        each.type === 'A' && each.name.toLowerCase() === name.toLowerCase() ? [each.data] : [],
      );
      for (const data of direct) assert.ok(read?.addresses.some(({ octets }) => octets.join('.') === data));
    }),
    { numRuns: 500 },
  );
});

test('property: no octets make the reader throw or run on', () => {
  const start = Buffer.from(reply('x.org', [alias('x.org', 'y.org'), a('y.org', '1.2.3.4')]));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.uint8Array({ maxLength: 40 }),
      (changes, tail) => {
        const message = Buffer.concat([start, tail]);
        for (const [at, octet] of changes) message[at] = octet;
        readAnswer(message);
        readQuestion(message);
      },
    ),
    { numRuns: 20_000 },
  );
});

test.run();
