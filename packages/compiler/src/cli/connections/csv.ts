import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End } from '../../analysis/connectivity/ends.ts';
import { getOrMake } from '../../values/collections.ts';
import { printable } from '../../values/printable.ts';
import { allowedText } from './texts.ts';

const END_COLUMNS = ['namespace', 'kind', 'name', 'pods'] as const;

/** A line of column names and one for each connection, as RFC 4180 has them, but with Unix line ends. */
export function printCsv(connections: readonly Connection[]): string {
  const ends = new Map<End, string>();
  const textOf = (end: End): string => getOrMake(ends, end, () => fieldsOf(end).map(field).join(','));
  const head = ['src', 'dst'].flatMap((side) => END_COLUMNS.map((column) => `${side}_${column}`));
  const rows = connections.map(
    ({ source, destination, allowed }) =>
      `${textOf(source)},${textOf(destination)},${field(allowedText(allowed))}`,
  );
  return [[...head, 'allowed'].join(','), ...rows].map((line) => `${line}\n`).join('');
}

function fieldsOf(end: End): readonly string[] {
  if (end.is === 'external') return ['', 'External', end.addresses, ''];
  const pods = end.isPart ? end.pods.map(({ name }) => name).join(' ') : '';
  return [end.namespace, end.owner.kind, end.owner.name, pods].map(printable);
}

/** Quoted where it has to be. What a spreadsheet would take for a formula gets an apostrophe in front. */
function field(text: string): string {
  const inert = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
