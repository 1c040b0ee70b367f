/** A matrix as a picture: sources are rows, destinations are columns, and a legend says what may pass. */
import type { Allowed } from '../../analysis/connectivity/allowed.ts';
import type { Connection } from '../../analysis/connectivity/connectivity.ts';
import type { End } from '../../analysis/connectivity/ends.ts';
import { compareText } from '../../values/collections.ts';
import { type Key, legendOf, STYLE } from './svg-legend.ts';
import { connectionText, endLabel } from './texts.ts';
import { xml } from './xml.ts';

/** Pixels. Labels are in a monospaced font, so that their width is known. */
const CELL = 22;
const CHAR = 7.3;
const PAD = 16;
const GAP = 8;
const LINE = 18;
const HEAD = 'Who may talk to whom: from the left to the top';
const SELF = 'both ends are of one workload: not listed';
/** Longer labels are cut in their middle: both ends of a generated name tell something. */
const LABEL_LENGTH = 60;

interface Axis {
  readonly ends: readonly End[];
  readonly places: ReadonlyMap<End, number>;
  /** Of the widest label. */
  readonly width: number;
}

/** Where the matrix lies. */
interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function printSvg(connections: readonly Connection[]): string {
  const rows = axisOf(connections.map(({ source }) => source));
  const columns = axisOf(connections.map(({ destination }) => destination));
  const legend = legendOf(connections.map(({ allowed }) => allowed));
  // Column labels lean by 45 degrees: what they need upwards they also need to the right.
  const lean = columns.width * Math.SQRT1_2;
  const left = PAD + rows.width + GAP;
  const top = PAD + LINE + GAP + lean;
  const right = left + columns.ends.length * CELL;
  const frame = { left, top, right, bottom: top + rows.ends.length * CELL };
  const keys = legendLines(legend, frame.bottom + PAD);
  const width = Math.ceil(Math.max(right + lean, keys.width, widthOf(HEAD) + PAD) + PAD);
  const height = Math.ceil(keys.bottom + PAD);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<title>Who may talk to whom</title>',
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    text(PAD, PAD + 12, connections.length === 0 ? 'Nobody may talk to anybody' : HEAD, 'head'),
    ...rows.ends.map((end, at) => rowLabel(end, left - GAP, top + at * CELL + 15)),
    ...columns.ends.map((end, at) => columnLabel(end, left + at * CELL + 14, top - GAP)),
    ...grid(rows, columns, frame),
    ...connections.map((connection) => cell(connection, rows, columns, frame, legend)),
    ...keys.lines,
    '</svg>',
    '',
  ].join('\n');
}

/** Each end once: pods, then the outside. */
function axisOf(all: readonly End[]): Axis {
  const ends = [...new Set(all)].sort(
    (a, b) => Number(a.is === 'external') - Number(b.is === 'external') || compareText(a.text, b.text),
  );
  const width = ends.reduce((widest, end) => Math.max(widest, widthOf(labelOf(end))), 0);
  return { ends, places: new Map(ends.map((end, at) => [end, at])), width };
}

function labelOf(end: End): string {
  const whole = endLabel(end);
  const chars = [...whole];
  const half = Math.floor(LABEL_LENGTH / 2);
  return chars.length <= LABEL_LENGTH
    ? whole
    : [...chars.slice(0, half - 1), '…', ...chars.slice(-half)].join('');
}

function rowLabel(end: End, x: number, y: number): string {
  return `<text class="end" x="${round(x)}" y="${round(y)}">${titled(end)}</text>`;
}

function columnLabel(end: End, x: number, y: number): string {
  return `<text transform="translate(${round(x)} ${round(y)}) rotate(-45)">${titled(end)}</text>`;
}

function titled(end: End): string {
  const label = labelOf(end);
  return label === end.text ? xml(label) : `<title>${xml(end.text)}</title>${xml(label)}`;
}

/** Lines between cells, stronger ones between namespaces, and marks where both ends have one owner. */
function grid(rows: Axis, columns: Axis, { left, top, right, bottom }: Frame): string[] {
  const across = rows.ends.map((_, at) => ({
    at: top + at * CELL,
    strong: begins(rows, at),
  }));
  const down = columns.ends.map((_, at) => ({
    at: left + at * CELL,
    strong: begins(columns, at),
  }));
  const own = rows.ends.flatMap((row, y) =>
    columns.ends.flatMap((column, x) =>
      sameOwner(row, column) ? [square('self', left + x * CELL, top + y * CELL)] : [],
    ),
  );
  return [
    ...own,
    ...[...across, { at: bottom, strong: true }].map(({ at, strong }) => line(strong, left, at, right, at)),
    ...[...down, { at: right, strong: true }].map(({ at, strong }) => line(strong, at, top, at, bottom)),
  ];
}

function begins({ ends }: Axis, at: number): boolean {
  return at === 0 || groupOf(ends[at] as End) !== groupOf(ends[at - 1] as End);
}

function groupOf(end: End): string | undefined {
  return end.is === 'pods' ? end.namespace : undefined;
}

function sameOwner(a: End, b: End): boolean {
  return (
    a.is === 'pods' &&
    b.is === 'pods' &&
    a.namespace === b.namespace &&
    a.owner.kind === b.owner.kind &&
    a.owner.name === b.owner.name
  );
}

function cell(
  connection: Connection,
  rows: Axis,
  columns: Axis,
  { left, top }: Frame,
  legend: ReadonlyMap<Allowed, Key>,
): string {
  const x = left + (columns.places.get(connection.destination) as number) * CELL;
  const y = top + (rows.places.get(connection.source) as number) * CELL;
  const { colour, letters } = legend.get(connection.allowed) as Key;
  const title = `<title>${xml(connectionText(connection))}</title>`;
  return `<g>${title}${square(colour, x, y)}${text(x + CELL / 2, y + 15, letters, 'key')}</g>`;
}

function legendLines(
  legend: ReadonlyMap<Allowed, Key>,
  start: number,
): {
  readonly lines: readonly string[];
  readonly width: number;
  readonly bottom: number;
} {
  const lines: string[] = [];
  const left = PAD + CELL + GAP;
  let y = start;
  let width = 0;
  for (const { colour, letters, lines: words } of legend.values()) {
    lines.push(square(colour, PAD, y), text(PAD + CELL / 2, y + 15, letters, 'key'));
    for (const word of words) {
      lines.push(text(left, y + 15, word));
      width = Math.max(width, left + widthOf(word));
      y += LINE;
    }
    y += CELL - LINE + 2;
  }
  if (legend.size === 0) return { lines, width, bottom: y };
  lines.push(square('self', PAD, y), text(left, y + 15, SELF));
  return {
    lines,
    width: Math.max(width, left + widthOf(SELF)),
    bottom: y + CELL,
  };
}

function square(colour: string, x: number, y: number): string {
  return `<rect class="${colour}" x="${round(x + 1)}" y="${round(y + 1)}" width="${CELL - 2}" height="${CELL - 2}"/>`;
}

function line(strong: boolean, ...[x1, y1, x2, y2]: readonly [number, number, number, number]): string {
  return `<line class="${strong ? 'rule' : 'grid'}" x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"/>`;
}

function text(x: number, y: number, words: string, kind?: string): string {
  if (words === '') return '';
  const own = kind === undefined ? '' : ` class="${kind}"`;
  return `<text${own} x="${round(x)}" y="${round(y)}">${xml(words)}</text>`;
}

function widthOf(words: string): number {
  return words.length * CHAR;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
