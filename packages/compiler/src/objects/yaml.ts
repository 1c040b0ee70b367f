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
} from 'yaml';
import { type Diagnostic, diagnostic } from '../errors.ts';
import { Lines, type Origin, type SourceDocument } from './origin.ts';
import type { Part, Path } from './report.ts';
import { describeError, describeFailure, tellingErrors, type YamlFault } from './yaml-errors.ts';

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
  const fail: Fail = (code, offset, message, expected) => {
    const source = lines.sourceAt(offset);
    diagnostics.push(diagnostic(code, message, { source, excerpt: lines.lineOf(source), expected }));
  };
  for (const document of parse(text, fail)) {
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
      fail(...describeFailure(error, document));
    }
  }
  return { documents, diagnostics };
}

type Fail = (...fault: YamlFault) => void;

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
