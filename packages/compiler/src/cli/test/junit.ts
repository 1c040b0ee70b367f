/** Results as JUnit's XML, as build servers read it. */
import type { Result } from '../../analysis/expectations/check.ts';
import { getOrMake } from '../../values/collections.ts';
import { printable } from '../../values/printable.ts';
import { countOf, detailText, unmetText } from './words.ts';

/** One suite for each file. */
export function resultsJunit(results: readonly Result[]): string {
  const byFile = new Map<string, Result[]>();
  for (const result of results) getOrMake(byFile, result.source.file, () => []).push(result);
  const suites = [...byFile].flatMap(([file, own]) => [
    `  <testsuite ${attributes({ name: file, ...counts(own) })}>`,
    ...own.flatMap(caseLines),
    '  </testsuite>',
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name: 'kncompile', ...counts(results) })}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function counts(results: readonly Result[]): Record<'tests' | 'failures' | 'errors', number> {
  return {
    tests: results.length,
    failures: countOf(results, 'unmet'),
    errors: countOf(results, 'bad'),
  };
}

function caseLines(result: Result): string[] {
  const { file, line } = result.source;
  const head = `    <testcase ${attributes({ classname: file, name: result.name, file, line })}`;
  if (result.outcome === 'met') return [`${head}/>`];
  const [element, type, message] =
    result.outcome === 'unmet'
      ? ['failure', result.story.verdict, unmetText(result)]
      : ['error', result.problems[0]?.code ?? '', result.problems[0]?.message ?? ''];
  return [
    `${head}>`,
    `      <${element} ${attributes({ message, type })}>${escaped(detailText(result))}</${element}>`,
    '    </testcase>',
  ];
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(printable(String(value)))}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // No character of XML 1.0, however it is written.
  '\ufffe': '?',
  '\uffff': '?',
};

function escaped(text: string): string {
  return text.replace(/[&<>"\ufffe\uffff]/g, (char) => ENTITIES[char] ?? '');
}
