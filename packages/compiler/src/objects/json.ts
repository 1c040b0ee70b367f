/** JSON text to documents with positions. `JSON.parse` does the work; positions are found when they are asked for. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import type { Source } from '../model/types.ts';
import { scanJson, skipSpace } from './json-scan.ts';
import { childOf, type JsonNode, jsonNode, nodeOfList } from './json-tree.ts';
import { Lines, type Origin, type SourceDocument } from './origin.ts';
import type { Part, Path } from './report.ts';

/** The first and the last line of a List as it is recorded: one item on each line between them. */
export const LIST_START = '{"apiVersion":"v1","kind":"List","items":[\n';
export const LIST_END = ']}';
const COMMA = 44;

/**
 * Gives what stands for an item in a List that has one on each line, while it is at hand: what keeps ten thousands of them
 * keeps the collector of garbage busy. It may be asked in vain, where the text turns out to be no such List.
 */
export type OnItem = (raw: unknown, origin: Origin) => unknown;

/** The document that the whole text is, if it is one: the fast way. */
export function readWholeJson(file: string, text: string, onItem?: OnItem): SourceDocument | undefined {
  try {
    const start = skipSpace(text, 0);
    return (
      readListByLine(file, text, onItem) ??
      documentOf(JSON.parse(text), text, jsonNode(start), new Lines(file, text))
    );
  } catch {
    return undefined;
  }
}

/**
 * A List with one item on each line, as `kncompile record` writes it: then it is known where the items are, and their ten
 * thousands need not be searched for. Undefined for every other text.
 */
function readListByLine(
  file: string,
  text: string,
  onItem: OnItem = (raw) => raw,
): SourceDocument | undefined {
  const lines = new Lines(file, text);
  const items: unknown[] = [];
  const starts: number[] = [];
  if (!text.startsWith(LIST_START)) return undefined;
  for (let start = LIST_START.length; ; ) {
    const end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    const isLast = text.charCodeAt(end - 1) !== COMMA;
    try {
      const raw: unknown = JSON.parse(text.slice(start, isLast ? end : end - 1));
      // One line for each item before it, and one for the start.
      const source = Object.freeze({ file, line: items.length + 2, column: 1 });
      items.push(onItem(raw, new JsonOrigin(text, jsonNode(start), lines, source)));
    } catch {
      return undefined;
    }
    starts.push(start);
    start = end + 1;
    if (!isLast) continue;
    if (text.slice(start).trimEnd() !== LIST_END) return undefined;
    const value = { apiVersion: 'v1', kind: 'List', items };
    const document = documentOf(value, text, nodeOfList(0, 'items', starts), lines);
    return { ...document, duplicateKeys: (path) => (isAsWritten(path) ? [] : document.duplicateKeys(path)) };
  }

  /** Whether an item reads exactly as it would be written: then no key of it was lost. */
  function isAsWritten([list, at, ...rest]: Path): boolean {
    if (list !== 'items' || typeof at !== 'number' || rest.length > 0) return false;
    return text.startsWith(JSON.stringify(items[at]), starts[at]);
  }
}

/** Reads values one after the other, as a log of objects has them, up to the first fault. */
export function readJsonStream(
  file: string,
  text: string,
): { documents: SourceDocument[]; diagnostics: Diagnostic[] } {
  const lines = new Lines(file, text);
  const documents: SourceDocument[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const { end, fault } = scanJson(text, at);
    if (fault) {
      const source = lines.sourceAt(fault.offset);
      const details = { source, excerpt: lines.lineOf(source), expected: fault.expected };
      return { documents, diagnostics: [diagnostic('json-syntax', fault.what, details)] };
    }
    documents.push(documentOf(JSON.parse(text.slice(at, end)), text, jsonNode(at), lines));
    at = skipSpace(text, end);
  }
  return { documents, diagnostics: [] };
}

function documentOf(
  value: unknown,
  text: string,
  root: JsonNode,
  lines: Lines,
): SourceDocument & Required<Pick<SourceDocument, 'duplicateKeys'>> {
  return {
    value,
    origin: new JsonOrigin(text, root, lines),
    duplicateKeys: (path) => duplicateKeys(text, offsetOf(text, root, path, 'value'), lines),
  };
}

class JsonOrigin implements Origin {
  readonly #text: string;
  readonly #root: JsonNode;
  readonly #lines: Lines;
  /** Where the value starts: it is asked for more often than all other places together. */
  #start: Source | undefined;

  constructor(text: string, root: JsonNode, lines: Lines, start?: Source) {
    this.#text = text;
    this.#root = root;
    this.#lines = lines;
    this.#start = start;
  }

  sourceOf(path: Path, part: Part): Source {
    if (path.length === 0) {
      this.#start ??= this.#lines.sourceAt(this.#root.start);
      return this.#start;
    }
    return this.#lines.sourceAt(offsetOf(this.#text, this.#root, path, part));
  }

  excerptOf(source: Source): string {
    return this.#lines.lineOf(source);
  }
}

function duplicateKeys(text: string, start: number, lines: Lines): Source[] {
  return scanJson(text, start).duplicates.map((offset) => lines.sourceAt(offset));
}

function offsetOf(text: string, root: JsonNode, path: Path, part: Part): number {
  let node = root;
  for (const step of path) {
    const child = childOf(text, node, step);
    // What is missing is shown at the name of what it is missing in.
    if (!child) return node.keyStart ?? node.start;
    node = child;
  }
  return part === 'key' ? (node.keyStart ?? node.start) : node.start;
}
