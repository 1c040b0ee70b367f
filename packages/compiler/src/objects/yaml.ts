/** YAML text to documents with positions. Every document stands alone: a broken one hides no other. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type ScalarTag,
  type YAMLError,
} from 'yaml';
import { type Diagnostic, diagnostic } from '../errors.ts';
import { Lines, type Origin, type SourceDocument } from './origin.ts';
import type { Part, Path } from './report.ts';

/** Enough for any manifest; a chain of aliases that multiply each other is far beyond it. */
const MAX_ALIASES = 10_000;

/**
 * Kubernetes reads YAML 1.1, where these words are booleans. Reading them as text would accept labels that no cluster
 * accepts.
 */
const OLD_BOOLEANS: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  identify: (value) => typeof value === 'boolean',
  test: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|on)$/i.test(text),
};

/** Reads a stream of documents; those that are empty are left out. */
export function readYaml(
  file: string,
  text: string,
): { documents: SourceDocument[]; diagnostics: Diagnostic[] } {
  const lines = new Lines(file, text);
  const documents: SourceDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  const fail = (code: Diagnostic['code'], offset: number, message: string, expected: string | undefined) => {
    const source = lines.sourceAt(offset);
    diagnostics.push(diagnostic(code, message, { source, excerpt: lines.lineOf(source), expected }));
  };
  for (const document of parse(text, fail)) {
    const start = document.contents?.range?.[0] ?? 0;
    if (document.errors.length > 0) {
      for (const error of tellingErrors(document.errors)) {
        fail(...describeError(error, text));
      }
      continue;
    }
    try {
      const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
      if (value !== null) documents.push({ value, origin: originOf(document, lines) });
    } catch (error) {
      if (error instanceof RangeError)
        fail('nesting-too-deep', start, 'this document is nested too deep', undefined);
      else
        fail(
          'too-many-aliases',
          start,
          'the aliases of this document are endless or too many',
          'values written out',
        );
    }
  }
  return { documents, diagnostics };
}

type Fail = (code: Diagnostic['code'], offset: number, message: string, expected: string | undefined) => void;

function parse(text: string, fail: Fail): Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, {
      merge: true,
      prettyErrors: false,
      logLevel: 'error',
      customTags: (tags) => [OLD_BOOLEANS, ...tags],
    });
    return Array.isArray(documents) ? documents : [];
  } catch {
    // The library recurses: a text made only to be deep exhausts the stack.
    fail('nesting-too-deep', 0, 'this file is nested too deep', undefined);
    return [];
  }
}

/** Keys that occur twice are errors of their own; of the others only the first is no consequence of another. */
function tellingErrors(errors: readonly YAMLError[]): YAMLError[] {
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const first = sorted.find((error) => error.code !== 'DUPLICATE_KEY');
  return sorted.filter((error) => error === first || error.code === 'DUPLICATE_KEY');
}

const EXPECTED: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'an alias of an anchor that stands before it',
  BAD_DQ_ESCAPE: 'an escape such as \\n or \\\\, or single quotes',
  BAD_INDENT: 'the indentation of the lines around it',
  BAD_SCALAR_START: 'quotes around a text that starts so',
  BLOCK_AS_IMPLICIT_KEY: 'one mapping entry for each line',
  MISSING_CHAR: 'what the text before it needs to end',
  MULTILINE_IMPLICIT_KEY: 'a key, a colon and a space',
  TAB_AS_INDENT: 'spaces',
};

function describeError(
  { code, message, pos }: YAMLError,
  text: string,
): [code: Diagnostic['code'], offset: number, message: string, expected: string | undefined] {
  if (code === 'DUPLICATE_KEY') {
    return ['duplicate-key', pos[0], 'this mapping has one key twice', 'each key once'];
  }
  // A text that ends too early is reported behind its last character.
  const offset = Math.min(pos[0], text.trimEnd().length);
  return [
    'yaml-syntax',
    offset,
    message.charAt(0).toLowerCase() + message.slice(1),
    EXPECTED[code] ?? 'YAML',
  ];
}

function originOf(document: Document.Parsed, lines: Lines): Origin {
  return {
    sourceOf: (path, part) => lines.sourceAt(offsetOf(document, path, part)),
    excerptOf: (source) => lines.lineOf(source),
  };
}

function offsetOf(document: Document.Parsed, path: Path, part: Part): number {
  let node: Node | null = document.contents;
  let key: Node | undefined;
  let found = 0;
  for (; found < path.length; found++) {
    const step = path[found] as string | number;
    const here: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    if (isMap(here)) {
      const pair = here.items.find((item) => keyText(item) === String(step));
      if (!pair) break;
      key = isNode(pair.key) ? pair.key : undefined;
      node = isNode(pair.value) ? pair.value : null;
    } else if (isSeq(here)) {
      const item = here.items[Number(step)];
      if (!isNode(item)) break;
      key = undefined;
      node = item;
    } else break;
  }
  // What is missing is shown at the name of what it is missing in.
  const wantsKey = part === 'key' || found < path.length || isEmpty(node);
  const shown = wantsKey ? (key ?? node) : (node ?? key);
  return shown?.range?.[0] ?? document.contents?.range?.[0] ?? 0;
}

function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function isEmpty(node: Node | null): boolean {
  return node === null || (isScalar(node) && node.value === null && (node.source ?? '') === '');
}
