import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { createLogger } from '../../src/report/logger.ts';

const HOSTILE = `a"b\\\\c\nd\r\u001b[31me\u0007\u0085\u009b2J\u2028\u202egfe${String.fromCharCode(0xd800)}\u{1f600}é\0`;

function logged(level: string, write: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line) => void lines.push(line) }));
  return lines;
}

test('whatever is in a name or a message, a line is one line of printable ASCII, and says the same', () => {
  const [line = ''] = logged('info', (log) => log.warn({ [HOSTILE]: { name: HOSTILE } }, HOSTILE));
  assert.match(line, /^[ -~]+\n$/);
  const read = JSON.parse(line) as { msg: string } & Record<string, { name: string }>;
  assert.is(read.msg, HOSTILE);
  assert.is(read[HOSTILE]?.name, HOSTILE);
});

test('lines have a time, a level in words, and nothing that every line would repeat', () => {
  const [line = ''] = logged('info', (log) => log.error('gone'));
  const { time, ...rest } = JSON.parse(line) as { time: string };
  assert.equal(rest, { level: 'error', msg: 'gone' });
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('the level counts', () => {
  assert.is(logged('warn', (log) => log.info('x')).length, 0);
  assert.is(logged('silent', (log) => log.fatal('x')).length, 0);
  assert.is(logged('trace', (log) => log.trace('x')).length, 1);
});

test.run();
