import * as assert from 'uvu/assert';

/**
 * A command line as every shell splits it. Examples use single quotes where they need any, and nothing else of a shell.
 * @throws when there is more of a shell in it.
 */
export function wordsOf(line: string): string[] {
  assert.not.match(line, /["\\$`|<>;&*?]/, 'an example runs in every shell');
  return [...line.matchAll(/'([^']*)'|[^\s']+/g)].map(([word, quoted]) => quoted ?? word);
}
