import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { Paint } from '../colour.ts';
import { allowedText, endLabel } from './texts.ts';

const HEAD = ['FROM', 'TO', 'ALLOWED'] as const;

/** Aligned columns under a head, for people. */
export function printTable(connections: readonly Connection[], paint: Paint): string {
  if (connections.length === 0) return '';
  const rows = connections.map(({ source, destination, allowed }) => [
    endLabel(source),
    endLabel(destination),
    allowedText(allowed),
  ]);
  const widths = [0, 1].map((column) => widest([HEAD, ...rows].map((row) => row[column] as string)));
  const line = ([from = '', to = '', allowed = '']: readonly string[]): string =>
    `${from.padEnd(widths[0] as number)}  ${to.padEnd(widths[1] as number)}  ${allowed}`;
  return [paint('bold', line(HEAD)), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
