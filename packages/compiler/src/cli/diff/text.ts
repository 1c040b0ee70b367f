import type { Difference } from '../../analysis/difference/compare.ts';
import type { Change } from '../../analysis/difference/difference.ts';
import type { RulesetChange } from '../../analysis/difference/rulesets.ts';
import type { AffectedWorkload } from '../../analysis/difference/workloads.ts';
import { printTransaction } from '../../nft/print.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import type { Paint, Style } from '../colour.ts';
import { allowedText } from '../connections/texts.ts';

export type ChangeKind = 'added' | 'removed' | 'changed';

export function kindOf({ before, after }: Change): ChangeKind {
  if (before.spans.length === 0) return 'added';
  return after.spans.length === 0 ? 'removed' : 'changed';
}

/** As people know them from `diff`; `~` has both in one line. */
const MARKS: Readonly<Record<ChangeKind, readonly [mark: string, style: Style]>> = {
  added: ['+', 'green'],
  removed: ['-', 'red'],
  changed: ['~', 'yellow'],
};

/**
 * A line for each connection, then one for each workload, then one for each node; a blank line between them. Transactions
 * follow their nodes where `whole` says so.
 */
export function printDifferenceText(difference: Difference, whole: boolean, paint: Paint): string {
  const { changes, workloads, rulesets } = difference;
  const nodes = rulesets.map((ruleset) => {
    const transaction = whole ? printTransaction(ruleset.transaction) : '';
    return `${rulesetText(ruleset)}\n${transaction}`;
  });
  return [
    changes.map((change) => `${changeText(change, paint)}\n`),
    workloads.map((workload) => `${workloadText(workload)}\n`),
    nodes,
  ]
    .filter((section) => section.length > 0)
    .map((section) => section.join(''))
    .join('\n');
}

function changeText(change: Change, paint: Paint): string {
  const { source, destination, before, after } = change;
  const kind = kindOf(change);
  const [mark, style] = MARKS[kind];
  const allowed = {
    added: () => allowedText(after),
    removed: () => allowedText(before),
    changed: () => `${allowedText(before)} -> ${allowedText(after)}`,
  }[kind]();
  return paint(style, `${mark} ${source.text} => ${destination.text} : ${allowed}`);
}

/** `ns/name[Kind] gains 2 connections, loses 1`. */
function workloadText({ text, gains, loses }: AffectedWorkload): string {
  const words = [gains > 0 ? `gains ${gains}` : '', loses > 0 ? `loses ${loses}` : ''];
  return `${text} ${words.filter((word) => word !== '').join(', ')}`;
}

/** `ruleset of node-1: 3 elements added, 1 removed`. */
export function rulesetText(ruleset: RulesetChange): string {
  return `ruleset of ${printable(ruleset.node)}: ${rulesetCounts(ruleset)}`;
}

export function rulesetCounts({ added, removed, comments }: RulesetChange): string {
  if (added + removed + comments === 0) return 'no change';
  const words = [`${counted(added, 'element')} added, ${removed} removed`];
  if (comments > 0) words.push(`${counted(comments, 'comment')} changed`);
  return words.join(', ');
}
