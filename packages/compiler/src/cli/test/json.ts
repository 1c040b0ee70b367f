/** Results for programs. */
import type { Result } from '../../analysis/expectations/check.ts';
import { storyJson } from '../explain/json.ts';
import { countOf } from './words.ts';

export function resultsJson(results: readonly Result[]): object {
  return {
    met: countOf(results, 'met'),
    unmet: countOf(results, 'unmet'),
    bad: countOf(results, 'bad'),
    results: results.map(resultJson),
  };
}

function resultJson(result: Result): object {
  const { name, outcome, source } = result;
  const head = { name, outcome, file: source.file, line: source.line, column: source.column };
  if (result.outcome === 'bad') {
    return {
      ...head,
      errors: result.problems.map(({ code, message, expected, source: at }) => ({
        code,
        message,
        ...(expected === undefined ? {} : { expected }),
        ...(at ? { file: at.file, line: at.line, column: at.column } : {}),
      })),
    };
  }
  const { expectation, groups } = result;
  return {
    ...head,
    expect: expectation.expect,
    // How many pairs of addresses have which verdict.
    pairs: Object.fromEntries(groups.map(({ verdict, pairs }) => [verdict, pairs.length])),
    ...(result.outcome === 'unmet' ? { explanation: storyJson(result.story) } : {}),
  };
}
