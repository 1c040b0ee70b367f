import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End } from '../../analysis/connectivity/ends.ts';
import type { Paint } from '../colour.ts';
import { blocksOf, textOf } from './blocks.ts';
import { allowedText, endLabel } from './texts.ts';

const HEAD = ['FROM', 'TO', 'ALLOWED'] as const;

/** Aligned columns under a head, for people. */
export function printTable(connections: readonly Connection[], paint: Paint): string {
  if (connections.length === 0) return '';
  const from = widthOf(HEAD[0], new Set(connections.map(({ source }) => source)));
  const to = widthOf(HEAD[1], new Set(connections.map(({ destination }) => destination)));
  const blocks = blocksOf(connections, {
    head: (source) => endLabel(source).padEnd(from),
    tail: (destination, allowed) =>
      ['  ', endLabel(destination).padEnd(to), '  ', allowedText(allowed)].join(''),
  });
  const head = `${HEAD[0].padEnd(from)}  ${HEAD[1].padEnd(to)}  ${HEAD[2]}`;
  return `${paint('bold', head)}\n${textOf(blocks, '\n')}\n`;
}

function widthOf(title: string, ends: Iterable<End>): number {
  let width = title.length;
  for (const end of ends) width = Math.max(width, endLabel(end).length);
  return width;
}
