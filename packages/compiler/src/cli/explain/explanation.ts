/** The whole answer of `explain`: every pair of addresses, told by the first of each verdict. */

import type { Pair } from '../../analysis/ends/pairs.ts';
import { type End, formatEnd } from '../../analysis/ends/parse-end.ts';
import { formatTransport, type Transport } from '../../analysis/ends/target.ts';
import type { PairStory, VerdictGroup } from '../../analysis/explain/explain.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import type { Paint } from '../colour.ts';
import { memberJson, storyJson } from './json.ts';
import { memberText, storyText, verdictText } from './text.ts';

export interface Explanation {
  readonly from: End;
  readonly to: End;
  readonly transport: Transport;
  /** One where all pairs agree; `story` is that of a group's first pair. */
  readonly groups: readonly (VerdictGroup & { readonly story: PairStory })[];
}

/** Pairs that a text names before it only counts. */
const NAMED_PAIRS = 10;

export function explanationText({ from, to, transport, groups }: Explanation, paint: Paint): string {
  const [first, ...others] = groups;
  const count = groups.reduce((sum, { pairs }) => sum + pairs.length, 0);
  if (first && count === 1) return `${storyText(first.story, paint)}\n`;
  const head = paint(
    'bold',
    printable(`${formatEnd(from)} => ${formatEnd(to)} : ${formatTransport(transport)}`),
  );
  if (first && others.length === 0) {
    const summary = `${verdictText(first.verdict, paint)} between all ${counted(count, 'pair')} of addresses; the first of them:`;
    return [head, summary, '', storyText(first.story, paint), ''].join('\n');
  }
  const verdicts = groups.map(({ verdict, pairs }) => `${pairs.length} ${verdictText(verdict, paint)}`);
  return [
    head,
    `the ${counted(count, 'pair')} of addresses differ: ${verdicts.join(', ')}`,
    ...groups.flatMap(({ verdict, pairs, story }) => [
      '',
      `${verdictText(verdict, paint)}:`,
      ...pairLines(pairs),
      '',
      storyText(story, paint),
    ]),
    '',
  ].join('\n');
}

function pairLines(pairs: readonly Pair[]): string[] {
  const lines = pairs
    .slice(0, NAMED_PAIRS)
    .map((pair) => `  ${memberText(pair.from)} => ${memberText(pair.to)}`);
  const others = pairs.length - NAMED_PAIRS;
  return others > 0 ? [...lines, `  and ${counted(others, 'other')}`] : lines;
}

/** `verdict` is null where the pairs differ. */
export function explanationJson({ from, to, transport, groups }: Explanation): object {
  return {
    from: formatEnd(from),
    to: formatEnd(to),
    protocol: transport.protocol,
    ...(transport.port === undefined ? {} : { port: transport.port }),
    verdict: groups.length === 1 ? groups[0]?.verdict : null,
    groups: groups.map(({ verdict, pairs, story }) => ({
      verdict,
      pairs: pairs.map((pair) => ({ from: memberJson(pair.from), to: memberJson(pair.to) })),
      first: storyJson(story),
    })),
  };
}
