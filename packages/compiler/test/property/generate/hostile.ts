import fc from 'fast-check';
import type { ModelObject, Rule } from '../../../src/model/types.ts';

/** Pieces of nft syntax, and what confuses a lexer. */
const PIECES = [
  '"',
  "'",
  '\n',
  '\r',
  '\t',
  '\0',
  ';',
  '#',
  '{',
  '}',
  '*/',
  '/*',
  '\\',
  '\\"',
  '$x',
  '@peers4',
  ' accept ',
  '"; } flush ruleset; table inet x { chain y { ',
  '\nadd rule inet kncompile allow accept\n',
  'include "/etc/passwd"',
  '\u2028',
  '\u0085',
  '\u202e',
  '\ud800',
  '\u{1f4a3}',
  'ä',
  '\x1b[31m',
] as const;

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8, size: 'max' })
    .map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom(...PIECES), fc.integer({ min: 100, max: 300 }))
    .map(([piece, n]) => piece.repeat(n).slice(0, n)),
  fc.string({ unit: 'binary', maxLength: 300 }),
);

/**
 * The same object with a text behind every name that nothing compares with another object's: so it means the same,
 * and keeps its place in every order.
 */
export function withHostileNames(object: ModelObject, text: string): ModelObject {
  switch (object.kind) {
    case 'Pod':
      return { ...object, name: object.name + text, owner: { kind: text, name: text } };
    case 'Node':
    case 'Namespace':
      return object;
    default: {
      const renamed = (rule: Rule): Rule => ({ ...rule, name: (rule.name ?? '') + text });
      const { ingress, egress } = object.rules;
      return {
        ...object,
        name: object.name + text,
        rules: { ingress: ingress.map(renamed), egress: egress.map(renamed) },
      };
    }
  }
}
