/** What is wrong with YAML, in our words. */
import { type Alias, type Document, visit, type YAMLError } from 'yaml';
import type { Code } from '../errors.ts';

export type YamlFault = [code: Code, offset: number, message: string, expected: string | undefined];

/** Keys that occur twice are errors of their own; of the others only the first is no consequence of another. */
export function tellingErrors(errors: readonly YAMLError[]): YAMLError[] {
  const sorted = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const first = sorted.find((error) => error.code !== 'DUPLICATE_KEY');
  return sorted.filter((error) => error === first || error.code === 'DUPLICATE_KEY');
}

const EXPECTED: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'an alias of an anchor that stands before it',
  BAD_DQ_ESCAPE: 'an escape such as \\n or \\\\, or single quotes',
  BAD_INDENT: 'one column for all lines of a level, and brackets that are closed',
  BAD_SCALAR_START: 'quotes around a text that starts so',
  BLOCK_AS_IMPLICIT_KEY: 'one mapping entry for each line',
  MISSING_CHAR: 'the character that is missing',
  MULTILINE_IMPLICIT_KEY: 'a key, a colon and a space',
  TAB_AS_INDENT: 'spaces',
};

/** An error of the parser. */
export function describeError({ code, message, pos }: YAMLError, text: string): YamlFault {
  if (code === 'DUPLICATE_KEY') {
    return ['duplicate-key', pos[0], 'this mapping has one key twice', 'each key once'];
  }
  // The library recurses, and reports that it ran out of stack like an error of the text.
  if (/stack/i.test(message))
    return ['nesting-too-deep', pos[0], 'this document is nested too deep', undefined];
  // A text that ends too early is reported behind its last character.
  const offset = Math.min(pos[0], text.trimEnd().length);
  const lower = message.charAt(0).toLowerCase() + message.slice(1);
  return ['yaml-syntax', offset, lower, EXPECTED[code] ?? 'valid YAML'];
}

/** What was thrown when a document that parses was turned into values. */
export function describeFailure(error: unknown, document: Document.Parsed): YamlFault {
  const start = document.contents?.range?.[0] ?? 0;
  if (error instanceof RangeError) {
    return ['nesting-too-deep', start, 'this document is nested too deep', undefined];
  }
  const alias = firstUnresolved(document);
  if (alias) {
    const message = `the alias *${alias.source} has no anchor before it`;
    return [
      'yaml-syntax',
      alias.range?.[0] ?? start,
      message,
      `&${alias.source} further up in this document`,
    ];
  }
  return [
    'too-many-aliases',
    start,
    'the aliases of this document are endless or too many',
    'values written out',
  ];
}

function firstUnresolved(document: Document.Parsed): Alias | undefined {
  let found: Alias | undefined;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}
