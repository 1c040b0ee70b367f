import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { errnoError } from '../src/errors.ts';
import { NFQ_ERROR_CODES, NfqError, openQueue } from '../src/index.ts';

const { EPERM, EBUSY, ENOENT, EINVAL, EINTR, ENOBUFS, EBADF, EIO } = constants.errno;
const code = (errno: number, queueTaken = false): string =>
  errnoError(errno, 'queue 3: nfq_create_queue', { queueTaken }).code;

test('an errno becomes a code', () => {
  assert.is(code(EPERM), 'NFQ_PERMISSION');
  assert.is(code(EPERM, true), 'NFQ_QUEUE_TAKEN');
  assert.is(code(EBUSY), 'NFQ_QUEUE_TAKEN');
  assert.is(code(ENOENT), 'NFQ_UNSUPPORTED');
  assert.is(code(EINVAL), 'NFQ_UNSUPPORTED');
  assert.is(code(EINTR), 'NFQ_INTERRUPTED');
  assert.is(code(ENOBUFS), 'NFQ_OVERFLOW');
  assert.is(code(EBADF), 'NFQ_GONE');
  assert.is(code(EIO), 'NFQ_SYSTEM');
});

test('the message says what happened and what to do', () => {
  const error = errnoError(EPERM, 'queue 3: nfq_create_queue', { queueTaken: true });
  assert.is(
    error.message,
    'queue 3: nfq_create_queue failed (errno 1): stop the process that listens on this queue, or use another queue number',
  );
  assert.is(error.errno, EPERM);
});

test('the README lists every code', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  for (const one of NFQ_ERROR_CODES) assert.ok(readme.includes(`\`${one}\``), one);
});

const nonsense = [
  { number: -1 },
  { number: 65536 },
  { number: 1.5 },
  { number: Number.NaN },
  { number: 0, copyRange: 0 },
  { number: 0, copyRange: 65532 },
  { number: 0, maximumLength: 0 },
  { number: 0, receiveBuffer: 1 },
];
for (const options of nonsense) {
  test(`refuses ${JSON.stringify(options)} before it touches the kernel`, () => {
    assert.throws(
      () => openQueue(options),
      (error: unknown) => error instanceof NfqError && error.code === 'NFQ_BAD_OPTION',
    );
  });
}

test.run();
