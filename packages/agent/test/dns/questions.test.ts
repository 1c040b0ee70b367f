import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Questions } from '../../src/dns/questions.ts';

const ENDS = { client: '10.0.0.1', clientPort: 5000, server: '10.0.0.53', protocol: 'udp' } as const;
const QUESTION = { id: 7, name: 'x.org', type: 1 };

test('S37: an answer counts once, and only to the question that was asked', () => {
  const questions = new Questions(() => 0);
  questions.asked(ENDS, QUESTION);
  for (const [ends, question] of [
    [{ ...ENDS, client: '10.0.0.2' }, QUESTION],
    [{ ...ENDS, clientPort: 5001 }, QUESTION],
    [{ ...ENDS, server: '10.0.0.54' }, QUESTION],
    [{ ...ENDS, protocol: 'tcp' as const }, QUESTION],
    [ENDS, { ...QUESTION, id: 8 }],
    [ENDS, { ...QUESTION, name: 'y.org' }],
    [ENDS, { ...QUESTION, type: 28 }],
  ] as const) {
    assert.not(questions.take(ends, question));
  }
  assert.ok(questions.take(ENDS, QUESTION));
  assert.not(questions.take(ENDS, QUESTION), 'a second answer');
});

test('S37: an answer that comes too late does not count', () => {
  let now = 0;
  const questions = new Questions(() => now);
  questions.asked(ENDS, QUESTION);
  now = 15_001;
  assert.not(questions.take(ENDS, QUESTION));
});

test('a client that asks without end forgets its own oldest questions, not those of others', () => {
  const questions = new Questions(() => 0);
  questions.asked({ ...ENDS, client: 'other' }, QUESTION);
  for (let id = 0; id < 600; id++) questions.asked(ENDS, { ...QUESTION, id });
  assert.not(questions.take(ENDS, { ...QUESTION, id: 0 }));
  assert.ok(questions.take(ENDS, { ...QUESTION, id: 599 }));
  assert.ok(questions.take({ ...ENDS, client: 'other' }, QUESTION));
});

test('of too many clients the one that has been silent longest is forgotten', () => {
  const questions = new Questions(() => 0);
  for (let n = 0; n < 4096; n++) questions.asked({ ...ENDS, client: `${n}` }, QUESTION);
  questions.asked({ ...ENDS, client: '0' }, { ...QUESTION, id: 8 });
  questions.asked({ ...ENDS, client: 'last' }, QUESTION);
  assert.ok(questions.take({ ...ENDS, client: '0' }, QUESTION));
  assert.not(questions.take({ ...ENDS, client: '1' }, QUESTION));
});

test.run();
