/** The messages in docs/troubleshooting.md are ones that the programs have. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = join(import.meta.dirname, '../../../..');
const PAGE = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
const SOURCES = globSync('packages/{agent,compiler}/src/**/*.ts', { cwd: ROOT })
  .map((file) => readFileSync(join(ROOT, file), 'utf8'))
  .join('\n')
  .replaceAll(/\\'/g, "'");

/** The first cells of the page's tables, as far as they are messages. */
const messages = [...PAGE.matchAll(/^\| `([^`]+)` \|/gm)].map(([, message]) => message as string);

for (const message of messages)
  test(`"${message}" is a message of ours`, () => {
    const parts = message.split('…').map((part) => part.replace(/^[ :;()]+|[ :;()]+$/g, ''));
    for (const part of parts.filter((each) => each.length > 3)) assert.ok(SOURCES.includes(part), part);
  });

test('there are messages to look for', () => {
  assert.ok(messages.length > 8);
});

test.run();
