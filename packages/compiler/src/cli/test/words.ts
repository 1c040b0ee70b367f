/** What all formats of `test` say about a result. */
import type { Result } from '../../analysis/expectations/check.ts';
import { formatDiagnostic } from '../../objects/format-diagnostic.ts';
import { plain } from '../colour.ts';
import { memberText, storyText, VERDICT_WORDS } from '../explain/text.ts';

export type Outcome = Result['outcome'];

export function countOf(results: readonly Result[], outcome: Outcome): number {
  return results.filter((result) => result.outcome === outcome).length;
}

/** Why an expectation is not met, in one line. */
export function unmetText({ expectation, groups, story }: Extract<Result, { outcome: 'unmet' }>): string {
  const { from, to } = story.pair;
  const verdict = VERDICT_WORDS[story.verdict];
  const wanted = expectation.expect === 'allow' ? 'allowed' : 'denied';
  const others = groups.length > 1 ? ', and other pairs of addresses differ' : '';
  return `expected to be ${wanted}, but ${memberText(from)} => ${memberText(to)} is ${verdict}${others}`;
}

/** The whole of what is to be said about a result that is not met. */
export function detailText(result: Exclude<Result, { outcome: 'met' }>): string {
  return result.outcome === 'unmet'
    ? storyText(result.story, plain)
    : result.problems.map(formatDiagnostic).join('\n');
}
