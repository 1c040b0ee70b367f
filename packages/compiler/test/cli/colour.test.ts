import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { paintFor } from '../../src/cli/colour.ts';

const TERMINAL = { isTTY: true };

test('a terminal gets colours', () => {
  assert.is(paintFor(TERMINAL, { TERM: 'xterm' })('red', 'no'), '\u001b[31mno\u001b[0m');
  assert.is(paintFor(TERMINAL, { NO_COLOR: '' })('bold', 'x'), '\u001b[1mx\u001b[0m', 'empty is as unset');
  assert.is(paintFor(TERMINAL, {})('red', ''), '');
});

test('a pipe, NO_COLOR and a dumb terminal get plain text', () => {
  assert.is(paintFor({}, {})('red', 'no'), 'no');
  assert.is(paintFor({ isTTY: false }, {})('red', 'no'), 'no');
  assert.is(paintFor(TERMINAL, { NO_COLOR: '1' })('red', 'no'), 'no');
  assert.is(paintFor(TERMINAL, { NO_COLOR: '0' })('red', 'no'), 'no', 'whatever its value');
  assert.is(paintFor(TERMINAL, { TERM: 'dumb' })('red', 'no'), 'no');
});

test.run();
