import type { Difference } from '../../analysis/difference/compare.ts';
import { differs } from '../../analysis/difference/compare.ts';
import type { Change } from '../../analysis/difference/difference.ts';
import { printTransaction } from '../../nft/print.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import { allowedText } from '../connections/texts.ts';
import { xml } from '../connections/xml.ts';
import { codeSpan } from '../markdown.ts';
import { type ChangeKind, kindOf, rulesetCounts } from './text.ts';

/** What GitHub takes as a comment is 65,536 characters; bytes are never fewer. */
const LIMIT = 65_536;

/** For the head, the ends of blocks and the lines that say what is left out. */
const RESERVE = 2_000;

/** A comment for a pull request: the connections in a table, workloads and rulesets folded away. Never longer than GitHub takes. */
export function printDifferenceMarkdown(difference: Difference, whole: boolean): string {
  const { changes, workloads, rulesets } = difference;
  const budget = new Budget(LIMIT - RESERVE);
  const blocks = [`### Connections: ${summaryOf(difference)}`];
  if (changes.length > 0) {
    const head = ['| | From | To | Before | After |', '| --- | --- | --- | --- | --- |'];
    blocks.push(budget.table(head, changes.map(changeRow), 'connection'));
  }
  if (workloads.length > 0) {
    const head = ['| Workload | Gains | Loses |', '| --- | ---: | ---: |'];
    const rows = workloads.map(({ text, gains, loses }) => `| ${codeSpan(text)} | ${gains} | ${loses} |`);
    blocks.push(folded(counted(workloads.length, 'affected workload'), budget.table(head, rows, 'workload')));
  }
  if (rulesets.length > 0) {
    const head = ['| Node | Ruleset |', '| --- | --- |'];
    const rows = rulesets.map(
      (ruleset) => `| ${codeSpan(printable(ruleset.node))} | ${rulesetCounts(ruleset)} |`,
    );
    blocks.push(folded(`Rulesets of ${counted(rulesets.length, 'node')}`, budget.table(head, rows, 'node')));
  }
  for (const { node, transaction } of whole ? rulesets : []) {
    const code = budget.code(printTransaction(transaction));
    if (code !== '') blocks.push(folded(`Transaction of ${xml(printable(node))}`, code));
  }
  return `${blocks.join('\n\n')}\n`;
}

function summaryOf(difference: Difference): string {
  const { changes } = difference;
  if (!differs(difference)) return 'no difference';
  if (changes.length === 0)
    return 'no difference between pods, but to nodes or DNS names, or in the rulesets';
  const kinds = Map.groupBy(changes, kindOf);
  const words: readonly ChangeKind[] = ['added', 'removed', 'changed'];
  return words.flatMap((kind) => (kinds.has(kind) ? [`${kinds.get(kind)?.length} ${kind}`] : [])).join(', ');
}

function changeRow(change: Change): string {
  const { source, destination, before, after } = change;
  const kind = kindOf(change);
  const cells = [kind, codeSpan(source.text), codeSpan(destination.text)];
  const allowed = [kind === 'added' ? '' : allowedText(before), kind === 'removed' ? '' : allowedText(after)];
  return `| ${[...cells, ...allowed].join(' | ')} |`;
}

function folded(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** Hands out the bytes of the comment, first come, first served. */
class Budget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** As many rows as fit. */
  table(head: readonly string[], rows: readonly string[], noun: string): string {
    const lines = this.#take([...head, ...rows]);
    const more = rows.length - Math.max(0, lines.length - head.length);
    if (more > 0) lines.push('', `… and ${counted(more, noun)} more; \`-o text\` shows all.`);
    return lines.join('\n');
  }

  /** As many lines as fit, as a block of code. */
  code(text: string): string {
    const all = text.split('\n').filter((line) => line !== '');
    if (all.length === 0) return '';
    const lines = this.#take(all);
    const more = all.length - lines.length;
    const left = more > 0 ? `\n\n… and ${counted(more, 'line')} more; \`-o text\` shows all.` : '';
    // The transaction is plain ASCII, and its comments hold whatever a policy is called: a longer fence holds any of it.
    const fence = '`'.repeat(Math.max(3, ...lines.map(longestRun)) + 1);
    return `${fence}\n${lines.join('\n')}\n${fence}${left}`;
  }

  #take(lines: readonly string[]): string[] {
    const taken: string[] = [];
    for (const line of lines) {
      const bytes = Buffer.byteLength(line) + 1;
      if (bytes > this.#left) break;
      this.#left -= bytes;
      taken.push(line);
    }
    return taken;
  }
}

function longestRun(line: string): number {
  return Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
}
