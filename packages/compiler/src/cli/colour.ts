/** Colours for people at a terminal. */

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'cyan';

/** Puts a text into a style; returns it as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string;

/** Select Graphic Rendition of ECMA-48: what turns a style on. 0 turns everything off. */
const CODES: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  cyan: 36,
};

/** How to paint what goes to a stream: only on a terminal, and never where NO_COLOR says so (no-color.org) or TERM is dumb. */
export function paintFor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Paint {
  const wanted = (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  return stream.isTTY === true && wanted ? colour : plain;
}

export const plain: Paint = (_style, text) => text;

const colour: Paint = (style, text) => (text === '' ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`);
