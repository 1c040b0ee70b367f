/** Results for people. */
import type { Result } from '../../analysis/expectations/check.ts';
import { formatSource } from '../../objects/format-diagnostic.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import type { Paint, Style } from '../colour.ts';
import { storyText } from '../explain/text.ts';
import { countOf, type Outcome, unmetText } from './words.ts';

const MARKS: Readonly<Record<Outcome, readonly [word: string, style: Style]>> = {
  met: ['ok', 'green'],
  unmet: ['FAIL', 'red'],
  bad: ['BAD', 'yellow'],
};

const INDENT = '      ';

/** A line for each result, with the story behind those that are not met; what is bad has its message on stderr. */
export function resultsText(results: readonly Result[], paint: Paint): string {
  const lines = results.flatMap((result) => [headLine(result, paint), ...detailLines(result, paint)]);
  const [unmet, bad] = [countOf(results, 'unmet'), countOf(results, 'bad')];
  const counts = [
    `${countOf(results, 'met')} met`,
    ...(unmet > 0 ? [`${unmet} not met`] : []),
    ...(bad > 0 ? [`${bad} bad`] : []),
  ];
  return [...lines, `${counted(results.length, 'expectation')}: ${counts.join(', ')}`, ''].join('\n');
}

function headLine(result: Result, paint: Paint): string {
  const [word, style] = MARKS[result.outcome];
  return `${paint(style, word.padEnd(4))}  ${printable(result.name)}`;
}

function detailLines(result: Result, paint: Paint): string[] {
  if (result.outcome !== 'unmet') return [];
  const story = [
    unmetText(result),
    `(${formatSource(result.source)})`,
    '',
    storyText(result.story, paint),
    '',
  ];
  return story.flatMap((text) => text.split('\n')).map((line) => (line === '' ? '' : `${INDENT}${line}`));
}
