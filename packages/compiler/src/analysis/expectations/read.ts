/** Files to expectations. Every mistake is found at once, and none hides another. */
import { type Diagnostic, diagnostic } from '../../errors.ts';
import type { Source } from '../../model/types.ts';
import { readDocuments } from '../../objects/documents.ts';
import { type InputFile, readFiles } from '../../objects/files.ts';
import { formatSource } from '../../objects/format-diagnostic.ts';
import { type Origin, type SourceDocument, within } from '../../objects/origin.ts';
import type { Path } from '../../objects/report.ts';
import type { Entry } from './expectation.ts';
import { readExpectation } from './read-one.ts';

/** Reads files of expectations: lists of them, or one a document. The entries are in the order of the files. */
export async function readExpectations(
  paths: readonly string[],
  stdin: () => Promise<Uint8Array>,
): Promise<readonly Entry[]> {
  const { files, diagnostics } = await readFiles(paths, stdin);
  const entries = await Promise.all(files.map(readFile));
  return [...diagnostics.map(entryOfFault), ...entries.flat()];
}

async function readFile(file: InputFile): Promise<Entry[]> {
  const { documents, diagnostics } = await readDocuments(file);
  const entries = [...documents.flatMap(entriesOf), ...diagnostics.map(entryOfFault)];
  if (entries.length === 0) return [emptyFile(file)];
  return entries.sort((a, b) => a.source.line - b.source.line || a.source.column - b.source.column);
}

function entriesOf(document: SourceDocument): Entry[] {
  const { value } = document;
  if (!Array.isArray(value)) return [entryOf(document, value, [])];
  return value.map((raw, index) => entryOf(document, raw, [index]));
}

function entryOf(document: SourceDocument, raw: unknown, path: Path): Entry {
  const origin: Origin = within(document.origin, path);
  const source = origin.sourceOf([], 'value');
  const repeated = document.duplicateKeys?.(path) ?? [];
  const { name, content } = readExpectation(raw, origin);
  const shown = name ?? formatSource(source);
  if (repeated.length === 0) return { name: shown, source, content };
  const found = repeated.map((at) =>
    diagnostic('duplicate-key', 'this mapping has one key twice', {
      source: at,
      excerpt: origin.excerptOf(at),
      expected: 'each key once',
    }),
  );
  return { name: shown, source, content: found };
}

/** Of a file that cannot be read, or of a document that cannot. */
function entryOfFault(found: Diagnostic): Entry {
  const source: Source = found.source ?? { file: '', line: 0, column: 0 };
  return { name: found.source ? formatSource(found.source) : found.message, source, content: [found] };
}

function emptyFile({ file, text }: InputFile): Entry {
  const source = { file, line: 1, column: 1 };
  const details = { source, excerpt: text.split('\n', 1)[0] ?? '', expected: 'at least one' };
  const found = diagnostic('expectation-none', 'this file holds no expectations', details);
  return { name: file, source, content: [found] };
}
