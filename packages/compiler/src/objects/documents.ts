/** Texts to documents, whatever they are written in. */
import type { Diagnostic } from '../errors.ts';
import type { InputFile } from './files.ts';
import { type OnItem, readJsonStream, readWholeJson } from './json.ts';
import type { SourceDocument } from './origin.ts';

/** JSON is tried first wherever it may be, because it is many times faster than YAML, of which it is a part. */
export async function readDocuments(
  { file, text }: InputFile,
  onItem?: OnItem,
): Promise<{
  documents: SourceDocument[];
  diagnostics: Diagnostic[];
}> {
  if (/^\s*[{[]/.test(text)) {
    const whole = readWholeJson(file, text, onItem);
    if (whole) return { documents: [whole], diagnostics: [] };
    const stream = readJsonStream(file, text);
    if (stream.diagnostics.length === 0 || file.endsWith('.json')) return stream;
  }
  if (file.endsWith('.json')) return readJsonStream(file, text);
  // Its library takes longer to load than a recording takes to read.
  const { readYaml } = await import('./yaml.ts');
  return readYaml(file, text);
}
