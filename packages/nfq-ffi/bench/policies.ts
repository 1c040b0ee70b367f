/**
 * A judge over a decision table for 10,000 policies, with the cost of a real one: the subject's rows by destination, the
 * peer's class by source, the row by class, the port in the row. Another judge takes its place with `--judge FILE`.
 */
import type { Judgement, Packet } from '../src/index.ts';

/** Policies like `from pods of these classes to this subject on these ports`. */
export interface Policy {
  /** Address of the pod that the policy selects, as a signed 32-bit word. */
  readonly subject: number;
  readonly peers: readonly number[];
  /** protocol << 16 | port. */
  readonly ports: readonly number[];
}

export type PolicyState =
  | { readonly kind: 'all'; readonly policies: readonly Policy[]; readonly pods: ReadonlyMap<number, number> }
  | { readonly kind: 'pods'; readonly pods: ReadonlyMap<number, number>; readonly gone: readonly number[] };

const SUBJECTS = 100;
const CLASSES = 1000;
const PORTS = 40;
const UDP = 17;

/** Peers of each policy, so that 10,000 of them cover every subject and class once. */
const PEERS = 10;

const classes = new Map<number, number>();
const subjects = new Map<number, Map<number, ReadonlySet<number>>>();

export function judge(packet: Packet): Judgement {
  const rows = subjects.get(packet.destination[0] as number);
  if (rows === undefined) return 'accept';
  const peer = classes.get(packet.source[0] as number);
  if (peer === undefined) return 'hold';
  return rows.get(peer)?.has((packet.protocol << 16) | packet.destinationPort) ? 'accept' : 'drop';
}

export function update(state: unknown): void {
  const next = state as PolicyState;
  for (const [address, peer] of next.pods) classes.set(address, peer);
  if (next.kind === 'pods') {
    for (const address of next.gone) classes.delete(address);
    return;
  }
  for (const { subject, peers, ports } of next.policies) {
    const rows = subjects.get(subject) ?? new Map<number, ReadonlySet<number>>();
    subjects.set(subject, rows);
    const row = new Set(ports);
    for (const peer of peers) rows.set(peer, row);
  }
}

/** 10,000 policies for the traffic of traffic.c: 65,536 pods in 1,000 classes, 100 subjects, one port in ten denied. */
export function createPolicies(): PolicyState {
  const policies = Array.from({ length: (SUBJECTS * CLASSES) / PEERS }, (_, index): Policy => {
    const ports = Array.from({ length: PORTS }, (_, port) => (UDP << 16) | (1000 + port));
    return {
      subject: 0x0a020000 | (index % SUBJECTS),
      peers: Array.from({ length: PEERS }, (_, peer) => Math.floor(index / SUBJECTS) * PEERS + peer),
      ports: ports.filter((_, port) => (port + index) % 10 !== 0),
    };
  });
  return { kind: 'all', policies, pods: createPods(0, 65536) };
}

/** Pods `first` to `first + count - 1` and their classes. */
export function createPods(first: number, count: number): ReadonlyMap<number, number> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const pod = (first + index) % 65536;
      return [0x0a010000 | pod, pod % CLASSES];
    }),
  );
}
