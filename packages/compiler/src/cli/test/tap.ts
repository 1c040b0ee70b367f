/** Results as the Test Anything Protocol, version 14 (testanything.org). */
import type { Result } from '../../analysis/expectations/check.ts';
import { formatSource } from '../../objects/format-diagnostic.ts';
import { printable } from '../../values/printable.ts';
import { detailText, unmetText } from './words.ts';

export function resultsTap(results: readonly Result[]): string {
  const points = results.flatMap((result, index) => pointLines(result, index + 1));
  return ['TAP version 14', `1..${results.length}`, ...points, ''].join('\n');
}

function pointLines(result: Result, number: number): string[] {
  const head = `ok ${number} - ${described(result.name)}`;
  if (result.outcome === 'met') return [head];
  const message = result.outcome === 'unmet' ? unmetText(result) : 'this is no expectation that can be tried';
  // A string of JSON is one of YAML, too.
  return [
    `not ${head}`,
    '  ---',
    `  message: ${JSON.stringify(message)}`,
    `  severity: ${result.outcome === 'unmet' ? 'fail' : 'error'}`,
    `  at: ${JSON.stringify(formatSource(result.source))}`,
    '  explanation: |',
    // What is empty would end the block where it stands at its begin.
    ...detailText(result)
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
    '  ...',
  ];
}

/** `#` begins a directive, as in `# SKIP`. */
function described(name: string): string {
  return printable(name).replace(/[\\#]/g, (char) => `\\${char}`);
}
