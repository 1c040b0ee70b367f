/** JSON text to documents with positions. `JSON.parse` does the work; positions are found when they are asked for. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import type { Source } from '../model/types.ts';
import { scanJson, skipSpace } from './json-scan.ts';
import { childOf, type JsonNode, jsonNode } from './json-tree.ts';
import { Lines, type SourceDocument } from './origin.ts';
import type { Part, Path } from './report.ts';

/** The document that the whole text is, if it is one: the fast way. */
export function readWholeJson(file: string, text: string): SourceDocument | undefined {
  try {
    return documentOf(JSON.parse(text), text, skipSpace(text, 0), new Lines(file, text));
  } catch {
    return undefined;
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
    documents.push(documentOf(JSON.parse(text.slice(at, end)), text, at, lines));
    at = skipSpace(text, end);
  }
  return { documents, diagnostics: [] };
}

function documentOf(value: unknown, text: string, start: number, lines: Lines): SourceDocument {
  const root = jsonNode(start);
  return {
    value,
    origin: {
      sourceOf: (path, part) => lines.sourceAt(offsetOf(text, root, path, part)),
      excerptOf: (source) => lines.lineOf(source),
    },
    duplicateKeys: (path) => duplicateKeys(text, offsetOf(text, root, path, 'value'), lines),
  };
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
