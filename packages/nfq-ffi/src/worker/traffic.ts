import type { Packet } from '../packet/packet.ts';

/** What a report counts packets by. */
export const TRAFFIC_PROTOCOLS = ['TCP', 'UDP', 'SCTP', 'ICMP', 'other'] as const;
export const TRAFFIC_FAMILIES = ['IPv4', 'IPv6'] as const;

/** Upper bounds of the times that a verdict took, microseconds; what took longer is counted behind the last. */
export const TRAFFIC_TIMES: readonly number[] = Object.freeze([
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000,
  20_000, 50_000, 100_000,
]);

/** Families behind each other, each with all protocols. */
export const TRAFFIC_GROUPS: number = TRAFFIC_FAMILIES.length * TRAFFIC_PROTOCOLS.length;
const TIMES = TRAFFIC_TIMES.length + 1;

/** Packets with a verdict since the worker started, by group; those that cannot be parsed have none. */
export interface Traffic {
  readonly accepted: Float64Array;
  readonly dropped: Float64Array;
  /** For each group: packets by TRAFFIC_TIMES, each counted once. */
  readonly times: Float64Array;
  /** Microseconds. */
  readonly timeSums: Float64Array;
}

export interface TrafficCounter {
  readonly traffic: Traffic;
  /** Counts a packet, and the time from when it came to its verdict. */
  note(group: number, isAccepted: boolean, microseconds: number): void;
}

export function createTrafficCounter(): TrafficCounter {
  const traffic: Traffic = {
    accepted: new Float64Array(TRAFFIC_GROUPS),
    dropped: new Float64Array(TRAFFIC_GROUPS),
    times: new Float64Array(TRAFFIC_GROUPS * TIMES),
    timeSums: new Float64Array(TRAFFIC_GROUPS),
  };
  const add = (counts: Float64Array, at: number, value: number): void => {
    counts[at] = (counts[at] as number) + value;
  };
  return {
    traffic,
    note(group, isAccepted, microseconds) {
      add(isAccepted ? traffic.accepted : traffic.dropped, group, 1);
      add(traffic.times, group * TIMES + placeOf(microseconds), 1);
      add(traffic.timeSums, group, microseconds);
    },
  };
}

/** The place among TRAFFIC_TIMES. Most verdicts take little: the search begins at the first. */
function placeOf(microseconds: number): number {
  let place = 0;
  while (place < TRAFFIC_TIMES.length && microseconds > (TRAFFIC_TIMES[place] as number)) place++;
  return place;
}

/** The group of a parsed packet. */
export function trafficGroup({ family, protocol }: Packet): number {
  const base = family === 4 ? 0 : TRAFFIC_PROTOCOLS.length;
  switch (protocol) {
    case 6:
      return base;
    case 17:
      return base + 1;
    case 132:
      return base + 2;
    case 1:
    case 58:
      return base + 3;
    default:
      return base + 4;
  }
}
