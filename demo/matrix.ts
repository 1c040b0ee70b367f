/** Who may talk to whom: what `decide` says, and what real connections find. */
import { FAMILIES, type Snapshot } from '../packages/compiler/src/index.ts';
import type { Lab } from '../packages/compiler/test/support/lab/lab.ts';
import type { Cell } from '../packages/compiler/test/support/lab/matrix.ts';
import type { Outcome } from '../packages/compiler/test/support/lab/protocol.ts';
import { HOSTS, type Host, SERVICES } from './hosts.ts';
import { type Style, styled } from './screen.ts';

const TCP = 6;
const GAP = '   ';
const NAME_WIDTH = Math.max(...HOSTS.map(({ name }) => name.length));
const CELL_WIDTH = SERVICES.length + 1;

/** The outcomes of the cells, in their order. */
export type Outcomes = readonly (Outcome | undefined)[];

/** TCP from every host to every service of every other one, in both families. */
export function cellsOf(lab: Lab): readonly Cell[] {
  const ends = HOSTS.map(({ name }) => lab.endpoint(name));
  return ends.flatMap((source) =>
    ends
      .filter((destination) => destination !== source)
      .flatMap((destination) =>
        SERVICES.flatMap(({ port }) =>
          FAMILIES.map((family) => {
            const [from, to] = [source.addresses[family], destination.addresses[family]];
            return {
              source,
              destination,
              probe: { protocol: 'TCP', from, to, port } as const,
              attempt: { source: from, destination: to, protocol: TCP, port },
            };
          }),
        ),
      ),
  );
}

/** Nobody has asked for a DNS name yet: what depends on one is not let through (S37). */
export function expectedOf(snapshot: Snapshot, cells: readonly Cell[]): readonly Outcome[] {
  return cells.map(({ attempt }) => (snapshot.verdictOn(attempt) === 'allow' ? 'open' : 'silent'));
}

/** The two tables side by side; letters are what is open, in both families. */
export function drawTables(
  cells: readonly Cell[],
  expected: Outcomes,
  observed: Outcomes,
): readonly string[] {
  const width = HOSTS.length * CELL_WIDTH;
  const name = (text: string): string => text.padEnd(NAME_WIDTH);
  const columns = HOSTS.map(({ short }) => short.padEnd(CELL_WIDTH)).join('');
  const row = (outcomes: Outcomes, from: Host): string =>
    HOSTS.map((to) => drawCell(cells, outcomes, from, to)).join(' ');
  return [
    `${name('')}${GAP}${'expected: decide'.padEnd(width)}${GAP}observed: packets`,
    styled('dim', `${name('from / to')}${GAP}${columns}${GAP}${columns.trimEnd()}`),
    ...HOSTS.map((from) => `${name(from.name)}${GAP}${row(expected, from)} ${GAP}${row(observed, from)}`),
  ];
}

/** What the letters are. */
export function legend(): string {
  const letters = SERVICES.map(({ letter, name, port }) => `${letter} ${name} ${port}`).join(', ');
  return `${letters}; . dropped; over IPv4 and IPv6`;
}

/** The connections that came out otherwise, one line each. */
export function differences(
  cells: readonly Cell[],
  expected: Outcomes,
  observed: Outcomes,
): readonly string[] {
  return [...cells.entries()]
    .filter(([index]) => expected[index] !== observed[index])
    .map(([index, { source, destination, probe }]) => {
      const found = `expected ${expected[index]}, observed ${observed[index]}`;
      return `${source.name} ${probe.from} -> ${destination.name}:${probe.port}: ${found}`;
    });
}

function drawCell(cells: readonly Cell[], outcomes: Outcomes, from: Host, to: Host): string {
  if (from === to) return ' '.repeat(SERVICES.length);
  return SERVICES.map(({ port, letter }) => {
    const own = outcomes.filter((_, index) => {
      const cell = cells[index];
      return cell?.source.name === from.name && cell.destination.name === to.name && cell.probe.port === port;
    });
    const [sign, style] = signOf(new Set(own), letter);
    return styled(style, sign);
  }).join('');
}

function signOf(outcomes: ReadonlySet<Outcome | undefined>, letter: string): readonly [string, Style] {
  const [first] = outcomes;
  if (outcomes.size !== 1) return ['?', 'red'];
  if (first === 'open') return [letter, 'green'];
  return first === 'silent' ? ['.', 'dim'] : ['!', 'red'];
}
