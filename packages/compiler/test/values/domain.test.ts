import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { domainHolds } from '../../src/values/domain.ts';

for (const [pattern, name, holds] of [
  ['example.com', 'example.com', true],
  ['example.com', 'www.example.com', false],
  ['example.com', 'notexample.com', false],
  ['*.example.com', 'www.example.com', true],
  ['*.example.com', 'a.b.example.com', true],
  ['*.example.com', 'example.com', false],
  ['*.example.com', 'notexample.com', false],
  ['*.example.com', '.example.com', false],
  ['*.example.com', 'www.example.com.evil.net', false],
  ['*.com', 'example.com', true],
  ['*.com', 'com', false],
] as const)
  test(`S37: ${pattern} ${holds ? 'means' : 'does not mean'} ${name}`, () => {
    assert.is(domainHolds(pattern, name), holds);
  });

test.run();
