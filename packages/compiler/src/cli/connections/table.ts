import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { Paint } from '../colour.ts';
import { allowedText } from './texts.ts';

const HEAD = ['FROM', 'TO', 'ALLOWED'] as const;

/** Aligned columns under a head, for people. */
export function printTable(connections: readonly Connection[], paint: Paint): string {
  if (connections.length === 0) return '';
  const fromWidth = widest([HEAD[0], ...connections.map(({ source }) => source.text)]);
  const toWidth = widest([HEAD[1], ...connections.map(({ destination }) => destination.text)]);
  const row = (from: string, to: string, allowed: string): string =>
    `${from.padEnd(fromWidth)}  ${to.padEnd(toWidth)}  ${allowed}`;
  const rows = connections.map(({ source, destination, allowed }) =>
    row(source.text, destination.text, allowedText(allowed)),
  );
  return [paint('bold', row(...HEAD)), ...rows].map((line) => `${line}\n`).join('');
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
