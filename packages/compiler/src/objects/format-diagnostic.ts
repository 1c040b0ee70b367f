import type { Diagnostic, ObjectRef } from '../errors.ts';
import type { Source } from '../model/types.ts';
import { printable } from '../values/printable.ts';

/** Columns of the excerpt's line that are shown on either side of the caret: JSON is often one long line. */
const CONTEXT = 60;

/**
 * `path:line:col: message`, then the line of the source with a caret under the place. Nothing in it can move a
 * terminal's cursor or pretend to be another line.
 */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { severity, message, expected, object, source, excerpt, field } = diagnostic;
  const parts = [
    source && formatSource(source),
    severity === 'warning' && 'warning',
    object && formatRef(object),
    // Where there is no caret the path has to tell.
    source || field === '' ? undefined : printable(field),
    printable(expected === undefined ? message : `${message}; expected ${expected}`),
  ];
  const head = `${parts.filter(Boolean).join(': ')} [${diagnostic.code}]`;
  return source && excerpt !== undefined ? `${head}\n${formatExcerpt(excerpt, source.column)}` : head;
}

export function formatSource({ file, line, column }: Source): string {
  return `${printable(file)}:${line}:${column}`;
}

/** `NetworkPolicy default/web`, or without namespace `Node a`. */
export function formatRef({ kind, namespace, name }: ObjectRef): string {
  return printable(namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`);
}

/** A line of text with a caret under one of its columns (1-based, in UTF-16 code units), indented. */
export function formatExcerpt(line: string, column: number): string {
  const at = column - 1;
  const start = Math.max(0, at - CONTEXT);
  const before = show(line.slice(start, at));
  const after = show(line.slice(at, at + CONTEXT));
  const lead = start > 0 ? '…' : '';
  const tail = at + CONTEXT < line.length ? '…' : '';
  return `    ${lead}${before}${after}${tail}\n    ${' '.repeat([...lead, ...before].length)}^`;
}

/** Tabs become one blank, so that the caret stands under its place. */
function show(text: string): string {
  return printable(text.replaceAll('\t', ' '));
}
