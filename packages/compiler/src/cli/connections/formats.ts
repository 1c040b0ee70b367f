/** How `list` prints connections. */
import type { Allowed } from '../../analysis/connectivity/allowed.ts';
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End } from '../../analysis/connectivity/ends.ts';
import { getOrMake } from '../../values/collections.ts';
import { asciiJson } from '../ascii.ts';
import type { Paint } from '../colour.ts';
import { printCsv } from './csv.ts';
import { printDot } from './dot.ts';
import { printMarkdown } from './markdown.ts';
import { printMermaid } from './mermaid.ts';
import { printSvg } from './svg.ts';
import { printTable } from './table.ts';
import { allowedJson, connectionText, endJson } from './texts.ts';

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

function printText(connections: readonly Connection[]): string {
  // Lines and not ends, so that `sort` and `join` find them in their order.
  const lines = connections.map((connection) => `${connectionText(connection)}\n`);
  return lines.sort().join('');
}

/** One connection a line: a person can compare two of such texts. */
function printJson(connections: readonly Connection[]): string {
  const ends = new Map<End, string>();
  const textOf = (end: End): string => getOrMake(ends, end, () => JSON.stringify(endJson(end)));
  const sets = new Map<Allowed, string>();
  const setText = (allowed: Allowed): string =>
    getOrMake(sets, allowed, () => JSON.stringify(allowedJson(allowed)));
  const rows = connections.map(
    ({ source, destination, allowed }) =>
      `  {"src":${textOf(source)},"dst":${textOf(destination)},"allowed":${setText(allowed)}}`,
  );
  const list = rows.length === 0 ? '[]' : `[\n${rows.join(',\n')}\n]`;
  return asciiJson(`{"connections":${list}}\n`);
}
