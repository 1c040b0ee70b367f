/** Connections through the lab, as most tests want them. */
import { FAMILIES } from '@kncompile/compiler';
import type { Lab } from '@kncompile/compiler/test/support/lab/lab.ts';
import {
  allCells,
  type Cell,
  difference,
  expectedOutcomes,
  observe,
} from '@kncompile/compiler/test/support/lab/matrix.ts';
import type { Flow, FlowEnd, Outcome, Probe } from '@kncompile/compiler/test/support/lab/protocol.ts';
import { ROUTER } from '@kncompile/compiler/test/support/lab/topology.ts';
import * as assert from 'uvu/assert';
import type { NodeLab } from './node-lab.ts';

/** Client and server. */
export type Pair = readonly [client: string, server: string];

/** Between two messages of one end of a flow, in ms. */
export const EVERY_MS = 3;

/** Connections to port 80: TCP and UDP, both families, both ends sending. */
export function flowsBetween(lab: Lab, ...pairs: readonly Pair[]): readonly Flow[] {
  return pairs.flatMap(([client, server]) =>
    FAMILIES.flatMap((family) =>
      (['TCP', 'UDP'] as const).map((protocol) => ({
        id: `${client}_${server}_${protocol}_${family}`,
        protocol,
        from: lab.endpoint(client).addresses[family],
        to: lab.endpoint(server).addresses[family],
        port: 80,
        sender: 'both' as const,
      })),
    ),
  );
}

/** The first packets of connections: TCP and UDP, both families. */
export function probesBetween(lab: Lab, [client, server]: Pair, port: number): readonly Probe[] {
  return flowsBetween(lab, [client, server]).map(({ protocol, from, to }) => ({ protocol, from, to, port }));
}

/** Fails unless all probes between the two come out so. */
export async function assertOutcome(
  lab: Lab,
  pair: Pair,
  port: number,
  expected: Outcome,
  what: string,
): Promise<void> {
  const probes = probesBetween(lab, pair, port);
  let outcomes = await lab.probe(probes);
  // A busy machine may be slow; it never lets anything through.
  if (expected === 'open' && outcomes.includes('silent')) outcomes = await lab.probe(probes, 2000);
  assert.equal(
    outcomes,
    probes.map(() => expected),
    `${pair.join(' to ')}:${port}, ${what}`,
  );
}

/**
 * The connections of these hosts, both ways; of all where none is named. Pings are processes: left out for time, the matrix
 * of the policy sets has them.
 */
export function cellsOf(lab: Lab, ...names: readonly string[]): readonly Cell[] {
  const isWanted = (...ends: readonly string[]): boolean =>
    names.length === 0 || ends.some((name) => names.includes(name));
  return allCells(lab).filter(
    ({ probe, source, destination }) => probe.protocol !== 'ICMP' && isWanted(source.name, destination.name),
  );
}

/** Fails unless every connection of the lab comes out as `decide` says about the cluster as it is. Returns how many there were. */
export async function assertAsDecided(
  node: NodeLab,
  what: string,
  cells = cellsOf(node.lab),
): Promise<number> {
  const snapshot = node.snapshot();
  const expected = expectedOutcomes(snapshot, cells);
  const wrong = difference(snapshot, cells, expected, await observe(node.lab, cells, expected));
  if (wrong) assert.unreachable(`${what}: ${wrong}\n${node.log()}`);
  return cells.length;
}

/** Messages that were sent and did not arrive. */
export function lostMessages(ends: readonly FlowEnd[]): number {
  const sum = (of: (end: FlowEnd) => number): number => ends.reduce((total, end) => total + of(end), 0);
  return sum(({ sent }) => sent) - sum(({ received }) => received);
}

/** What the kernel counts of the queues that somebody listens to (nfnetlink_queue): packets so far, and those of them that found no room. */
export function queueCounts(lab: Lab): { readonly queued: number; readonly dropped: number } {
  const listed = lab.exec(ROUTER, 'cat', ['/proc/net/netfilter/nfnetlink_queue']);
  const rows = listed
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const sum = (...columns: readonly number[]): number =>
    rows.reduce((total, row) => columns.reduce((part, at) => part + (row[at] ?? 0), total), 0);
  return { queued: sum(7), dropped: sum(5, 6) };
}
