/** Every connection that a node has a say in, made for real and held against what `decide` says about it. */
import type { ConnectionAttempt, Judgement, Snapshot } from '../../../src/decision/snapshot.ts';
import type { PortVerdict } from '../../../src/decision/verdicts.ts';
import type { Family } from '../../../src/values/address.ts';
import { type Lab, PORTS } from './lab.ts';
import type { Outcome, Probe, ProbeProtocol } from './protocol.ts';
import { type Endpoint, NODE } from './topology.ts';

const IP_PROTOCOL: Readonly<Record<Family, Readonly<Record<ProbeProtocol, number>>>> = {
  4: { TCP: 6, UDP: 17, ICMP: 1 },
  6: { TCP: 6, UDP: 17, ICMP: 58 },
};

const FAMILIES: readonly Family[] = [4, 6];

/** Nobody doubts a silence that was expected; an unexpected one may be a slow machine, and is waited for this long. */
const SECOND_TRY_QUIET_MS = 1000;

const SHOWN_DIFFERENCES = 20;

/** A cell of the matrix. */
export interface Cell {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly probe: Probe;
  readonly attempt: ConnectionAttempt;
}

/** All cells of which at least one end is a pod of the node: TCP and UDP on every port, and ping. */
export function allCells(lab: Lab): readonly Cell[] {
  const isJudged = (endpoint: Endpoint) => endpoint.kind === 'local pod';
  return lab.endpoints.flatMap((source) =>
    lab.endpoints
      .filter((destination) => isJudged(source) || isJudged(destination))
      .flatMap((destination) => FAMILIES.flatMap((family) => cellsOf(source, destination, family))),
  );
}

function cellsOf(source: Endpoint, destination: Endpoint, family: Family): readonly Cell[] {
  const [from, to] = [source.addresses[family], destination.addresses[family]];
  const cell = (protocol: ProbeProtocol, port: number): Cell => ({
    source,
    destination,
    probe: { protocol, from, to, port },
    attempt: { source: from, destination: to, protocol: IP_PROTOCOL[family][protocol], port },
  });
  return [...PORTS.flatMap((port) => [cell('TCP', port), cell('UDP', port)]), cell('ICMP', 0)];
}

/** What the kernel should do with each cell. Without an agent, what is unresolved is not let through. */
export function expectedOutcomes(snapshot: Snapshot, cells: readonly Cell[]): readonly Outcome[] {
  return cells.map(({ attempt }) => (snapshot.judge(NODE, attempt).verdict === 'allow' ? 'open' : 'silent'));
}

/** Makes all connections; those that should have been open and were not get a second chance. */
export async function observe(
  lab: Lab,
  cells: readonly Cell[],
  expected: readonly Outcome[],
): Promise<readonly Outcome[]> {
  const observed = [...(await lab.probe(cells.map(({ probe }) => probe)))];
  const doubtful = [...cells.keys()].filter(
    (index) => expected[index] === 'open' && observed[index] !== 'open',
  );
  if (doubtful.length === 0) return observed;
  const again = await lab.probe(
    doubtful.map((index) => (cells[index] as Cell).probe),
    SECOND_TRY_QUIET_MS,
  );
  doubtful.forEach((index, position) => {
    observed[index] = again[position] as Outcome;
  });
  return observed;
}

/** The cells on which kernel and `decide` differ, for a person to read; undefined when there are none. */
export function difference(
  snapshot: Snapshot,
  cells: readonly Cell[],
  expected: readonly Outcome[],
  observed: readonly Outcome[],
): string | undefined {
  const wrong = [...cells.keys()].filter((index) => expected[index] !== observed[index]);
  if (wrong.length === 0) return undefined;
  const lines = wrong.slice(0, SHOWN_DIFFERENCES).map((index) => {
    const cell = cells[index] as Cell;
    const { protocol, from, to, port } = cell.probe;
    const ends = `${cell.source.name} (${from}) -> ${cell.destination.name} (${to})`;
    const reasons = explain(snapshot.judge(NODE, cell.attempt));
    return `${ends} ${protocol} ${port}: expected ${expected[index]}, observed ${observed[index]}; ${reasons}`;
  });
  return [`${wrong.length} of ${cells.length} cells differ:`, ...lines].join('\n  ');
}

function explain({ egress, ingress }: Judgement): string {
  return `egress ${explainPart(egress)}, ingress ${explainPart(ingress)}`;
}

function explainPart(part: PortVerdict | undefined): string {
  if (!part) return 'not judged';
  const { policy, rule } = part.reason;
  if (!policy) return `${part.verdict} by default`;
  return `${part.verdict} by ${policy.kind} ${policy.name}${rule ? ` rule ${rule.index}` : ''}`;
}
