import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CODES, diagnostic } from '../../src/errors.ts';
import { formatDiagnostic } from '../../src/objects/format-diagnostic.ts';
import { printable } from '../../src/values/printable.ts';

const source = { file: 'a.yaml', line: 3, column: 5 };

test('path, line, column, object, message, code, and the line with a caret', () => {
  const found = diagnostic('peer-empty', 'from[0] is empty', {
    source,
    excerpt: '  - {}',
    expected: 'a selector',
    object: { kind: 'NetworkPolicy', namespace: 'shop', name: 'web' },
    field: 'spec.ingress[0].from[0]',
  });
  assert.is(
    formatDiagnostic(found),
    'a.yaml:3:5: NetworkPolicy shop/web: from[0] is empty; expected a selector [peer-empty]\n      - {}\n        ^',
  );
});

test('without a source the field is named', () => {
  const object = { kind: 'Node', namespace: '', name: 'a' };
  const found = diagnostic('cidr-host-bits', 'masked', { object, field: 'spec.podCIDRs[0]' });
  assert.is(formatDiagnostic(found), 'warning: Node a: spec.podCIDRs[0]: masked [cidr-host-bits]');
});

test('the caret stands under its place behind tabs, escapes and characters outside the BMP', () => {
  const excerpt = '\t"\u001b": 😀x';
  const found = diagnostic('field-value', 'wrong', {
    source: { ...source, column: excerpt.indexOf('x') + 1 },
    excerpt,
  });
  const [, line = '', caret = ''] = formatDiagnostic(found).split('\n');
  assert.is([...line][[...caret].indexOf('^')], 'x');
});

test('a long line is cut to the surroundings of the place', () => {
  const excerpt = `${'a'.repeat(5000)}X${'b'.repeat(5000)}`;
  const [, line = '', caret = ''] = formatDiagnostic(
    diagnostic('field-value', 'wrong', { source: { ...source, column: 5001 }, excerpt }),
  ).split('\n');
  assert.ok(line.length < 140);
  assert.is(line.charAt(caret.indexOf('^')), 'X');
});

test('nothing from the input can move the cursor or begin a line', () => {
  const evil = 'a\u001b[2Jb\nc\rd\u0007\u009b1m\u202e\u2028\ufeff\ud800';
  const found = diagnostic('field-value', evil, {
    source: { ...source, file: evil },
    excerpt: evil,
    expected: evil,
    object: { kind: evil, namespace: evil, name: evil },
  });
  const text = formatDiagnostic(found);
  assert.is(text.split('\n').length, 3);
  assert.not.match(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  assert.is(printable('ä 😀 ok'), 'ä 😀 ok');
});

test('every code says what it means and what to do', () => {
  for (const [code, { severity, meaning, remedy }] of Object.entries(CODES)) {
    assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    assert.ok(severity === 'error' || severity === 'warning');
    for (const sentence of [meaning, remedy]) assert.match(sentence, /^[A-Z].*\.$/s, code);
  }
});

test.run();
