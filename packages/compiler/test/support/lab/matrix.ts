/** Every connection that a node has a say in, made for real and held against what `decide` says about it. */
import type { ConnectionAttempt, Judgement, Snapshot } from '../../../src/decision/snapshot.ts';
import type { PortVerdict } from '../../../src/decision/verdicts.ts';
import { FAMILIES, type Family } from '../../../src/values/address.ts';
import { type Lab, PORTS } from './lab.ts';
import type { Outcome, Probe, ProbeProtocol } from './protocol.ts';
import { type Endpoint, NODE } from './topology.ts';

const IP_PROTOCOL: Readonly<Record<Family, Readonly<Record<ProbeProtocol, number>>>> = {
  4: { TCP: 6, UDP: 17, ICMP: 1 },
  6: { TCP: 6, UDP: 17, ICMP: 58 },
};

/** Nobody doubts a silence that was expected; an unexpected one may be a busy machine, and gets these further tries, in ms. */
const FURTHER_TRIES_MS: readonly number[] = [1000, 4000];

const SHOWN_DIFFERENCES = 20;

/** A cell of the matrix. */
export interface Cell {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly probe: Probe;
  readonly attempt: ConnectionAttempt;
}

/** Which pairs ping, and in which family: a ping is a process, so not all of them do. */
const PING_EVERY = 4;
const PING_TURN: Readonly<Record<Family, number>> = { 4: 0, 6: 2 };

/** All pairs of which at least one end is a pod of the node: TCP and UDP on every port, and ping between some. */
export function allCells(lab: Lab): readonly Cell[] {
  const isJudged = (endpoint: Endpoint) => endpoint.kind === 'local pod';
  return lab.endpoints.flatMap((source, i) =>
    lab.endpoints.flatMap((destination, j) => {
      if (!isJudged(source) && !isJudged(destination)) return [];
      return FAMILIES.flatMap((family) => {
        const pings = (i + j) % PING_EVERY === PING_TURN[family];
        return cellsOf(source, destination, family, pings);
      });
    }),
  );
}

function cellsOf(source: Endpoint, destination: Endpoint, family: Family, pings: boolean): readonly Cell[] {
  const [from, to] = [source.addresses[family], destination.addresses[family]];
  const cell = (protocol: ProbeProtocol, port: number): Cell => ({
    source,
    destination,
    probe: { protocol, from, to, port },
    attempt: { source: from, destination: to, protocol: IP_PROTOCOL[family][protocol], port },
  });
  const withPorts = PORTS.flatMap((port) => [cell('TCP', port), cell('UDP', port)]);
  return pings ? [...withPorts, cell('ICMP', 0)] : withPorts;
}

/** What the kernel should do with each cell. Without an agent, what is unresolved is not let through. */
export function expectedOutcomes(snapshot: Snapshot, cells: readonly Cell[]): readonly Outcome[] {
  return cells.map(({ attempt }) => (snapshot.judge(NODE, attempt).verdict === 'allow' ? 'open' : 'silent'));
}

/** Makes all connections; those that should have been open and were not are tried again. */
export async function observe(
  lab: Lab,
  cells: readonly Cell[],
  expected: readonly Outcome[],
): Promise<readonly Outcome[]> {
  const observed = [...(await lab.probe(cells.map(({ probe }) => probe)))];
  for (const quiet of FURTHER_TRIES_MS) {
    const doubtful = [...cells.keys()].filter(
      (index) => expected[index] === 'open' && observed[index] !== 'open',
    );
    if (doubtful.length === 0) break;
    const again = await lab.probe(
      doubtful.map((index) => (cells[index] as Cell).probe),
      quiet,
    );
    doubtful.forEach((index, position) => {
      observed[index] = again[position] as Outcome;
    });
  }
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
