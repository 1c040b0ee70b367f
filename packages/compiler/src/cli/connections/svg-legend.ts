/** What the cells of the picture stand for. */
import { type Allowed, allowsAll } from '../../analysis/connectivity/allowed.ts';
import { compareText } from '../../values/collections.ts';
import { allowedText } from './texts.ts';

/** A kind of cell: filled and without letters for everything, else with letters that the legend explains. */
export interface Key {
  readonly letters: string;
  /** Class of the style sheet. */
  readonly colour: string;
  /** What is allowed, in lines that are not too long. */
  readonly lines: readonly string[];
}

/** Colours besides the one for everything; with more sets than that, letters tell them apart. */
const COLOURS = ['#c7542b', '#2b7fc7', '#3d8b3d', '#9a4fb3', '#a67c00', '#c23b78', '#16808a', '#6b6bd6'];

const LINE_LENGTH = 96;

/** Colours follow the reader's scheme; the picture brings its own page, so it can lie on any other. */
export const STYLE = [
  'svg{--page:#fff;--ink:#24292f;--grid:#d8dee4;--rule:#8c959f;--all:#57606a}',
  '@media (prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--grid:#2a313a;--rule:#6e7681;--all:#9198a1}}',
  '.page{fill:var(--page)}',
  'text{font:12px "DejaVu Sans Mono",Menlo,Consolas,monospace;fill:var(--ink);white-space:pre}',
  '.head{font-weight:bold}.key{font-size:11px;font-weight:bold;fill:#fff;text-anchor:middle}',
  '.grid{stroke:var(--grid)}.rule{stroke:var(--rule)}.self{fill:var(--grid)}.end{text-anchor:end}',
  `.all{fill:var(--all)}${COLOURS.map((colour, at) => `.c${at}{fill:${colour}}`).join('')}`,
].join('\n');

/** A key for each set: everything first, then in the order of their texts. */
export function legendOf(sets: Iterable<Allowed>): ReadonlyMap<Allowed, Key> {
  const distinct = [...new Set(sets)];
  const all = distinct.filter(allowsAll);
  const others = distinct
    .filter((one) => !allowsAll(one))
    .sort((a, b) => compareText(allowedText(a), allowedText(b)));
  return new Map([
    ...all.map((one): [Allowed, Key] => [one, { letters: '', colour: 'all', lines: [allowedText(one)] }]),
    ...others.map((one, at): [Allowed, Key] => [
      one,
      {
        letters: lettersOf(at),
        colour: `c${at % COLOURS.length}`,
        lines: wrap(allowedText(one)),
      },
    ]),
  ]);
}

/** A … Z, AA, AB …, as columns of a spreadsheet. */
function lettersOf(number: number): string {
  const last = String.fromCharCode(65 + (number % 26));
  return number < 26 ? last : lettersOf(Math.floor(number / 26) - 1) + last;
}

/** Breaks behind commas and semicolons. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const piece of text.match(/[^,;]+[,;]?/g) ?? []) {
    const before = lines.at(-1);
    if (before === undefined || before.length + piece.length > LINE_LENGTH) lines.push(piece.trimStart());
    else lines[lines.length - 1] = before + piece;
  }
  return lines;
}
