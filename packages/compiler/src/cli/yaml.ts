import { Document, visit } from 'yaml';

/**
 * YAML documents, one after the other. Strings from the cluster say nothing to a terminal: they are plain ASCII. What
 * YAML 1.1, which kubectl reads, or 1.2 would take for something else than a string is quoted.
 */
export function yamlText(manifests: readonly object[]): string {
  return manifests.map(documentText).join('---\n');
}

/** Beside what the library quotes for YAML 1.1: other than ASCII, octal numbers of 1.2, and the value key of 1.1. */
const QUOTED = /[^ -~]|^0o[0-7]+$|^=$/;

function documentText(manifest: object): string {
  const document = new Document(manifest, { aliasDuplicateObjects: false, version: '1.1' });
  visit(document, {
    Scalar: (_, scalar) => {
      if (typeof scalar.value === 'string' && QUOTED.test(scalar.value)) scalar.type = 'QUOTE_DOUBLE';
    },
  });
  // What is left of other characters stands in double quotes, where escapes are read.
  return document.toString({ lineWidth: 0 }).replace(/[^\n -~]/gu, escaped);
}

function escaped(char: string): string {
  const code = char.codePointAt(0) as number;
  return code > 0xffff
    ? `\\U${code.toString(16).padStart(8, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
