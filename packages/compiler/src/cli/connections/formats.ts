/** How `list` prints connections. */
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import { compareText } from '../../values/collections.ts';
import { asciiJson } from '../ascii.ts';
import type { Paint } from '../colour.ts';
import { type Block, blocksOf, textOf } from './blocks.ts';
import { printCsv } from './csv.ts';
import { printDot } from './dot.ts';
import { printMarkdown } from './markdown.ts';
import { printMermaid } from './mermaid.ts';
import { printSvg } from './svg.ts';
import { printTable } from './table.ts';
import { allowedJson, allowedText, endJson } from './texts.ts';

export const CONNECTION_FORMATS = ['table', 'text', 'json', 'csv', 'md', 'dot', 'mermaid', 'svg'] as const;

export type ConnectionFormat = (typeof CONNECTION_FORMATS)[number];

/** Each gets the rows in their order, and gives text that ends with a line break or is empty. */
export const PRINT: Readonly<
  Record<ConnectionFormat, (connections: readonly Connection[], paint: Paint) => string>
> = {
  table: printTable,
  text: printText,
  json: printJson,
  csv: printCsv,
  md: printMarkdown,
  dot: printDot,
  mermaid: printMermaid,
  svg: printSvg,
};

/** Sorted by lines and not by ends, so that `sort` and `join` find them in their order. */
function printText(connections: readonly Connection[]): string {
  if (connections.length === 0) return '';
  const blocks = blocksOf(connections, {
    head: ({ text }) => `${text} => `,
    tail: (destination, allowed) => [destination.text, ' : ', allowedText(allowed)].join(''),
  });
  const sorted = [...blocks].sort((a, b) => compareText(a.head, b.head));
  // Where a name holds an arrow, one head may begin with another: then whole lines have to be compared.
  if (sorted.some(({ head }, at) => at > 0 && head.startsWith((sorted[at - 1] as Block).head))) {
    return `${textOf(blocks, '\n').split('\n').sort().join('\n')}\n`;
  }
  for (const { tails } of sorted) tails.sort();
  return `${textOf(sorted, '\n')}\n`;
}

/** One connection a line: a person can compare two of such texts. */
function printJson(connections: readonly Connection[]): string {
  const blocks = blocksOf(connections, {
    head: (source) => `  {"src":${JSON.stringify(endJson(source))},`,
    tail: (destination, allowed) =>
      [
        '"dst":',
        JSON.stringify(endJson(destination)),
        ',"allowed":',
        JSON.stringify(allowedJson(allowed)),
        '}',
      ].join(''),
  });
  const list = blocks.length === 0 ? '[]' : `[\n${textOf(blocks, ',\n')}\n]`;
  return asciiJson(`{"connections":${list}}\n`);
}
