/** What the lab and its agents say to each other: one JSON value a line, over the agent's stdin and stdout. */

export type ProbeProtocol = 'TCP' | 'UDP' | 'ICMP';

export interface Socket {
  readonly protocol: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number;
}

export interface Probe {
  readonly protocol: ProbeProtocol;
  readonly from: string;
  readonly to: string;
  /** Destination port; 0 for ICMP. */
  readonly port: number;
}

/**
 * `open`: the other end answered. `silent`: nothing came back. `refused`: an answer that says no, a TCP reset or an
 * ICMP error; a policy never gives one (S36).
 */
export type Outcome = 'open' | 'silent' | 'refused';

/** A probe that got an answer, by its position in the list. */
export type Answer = readonly [index: number, outcome: Outcome];

/** Which ends of a flow send once it stands. */
export type Sender = 'client' | 'server' | 'both';

export interface Flow {
  readonly id: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly sender: Sender;
}

/** One end's view of a flow. */
export interface FlowEnd {
  readonly id: string;
  readonly end: 'client' | 'server';
  readonly sent: number;
  readonly received: number;
  /** When the newest message received was sent, in ms of the machine's monotonic clock; 0 before the first. */
  readonly newest: number;
}

export type Command =
  | { readonly op: 'listen'; readonly sockets: readonly Socket[] }
  | { readonly op: 'probe'; readonly probes: readonly Probe[] }
  /** Gives up the probes that got no answer. */
  | { readonly op: 'settle' }
  | { readonly op: 'open'; readonly flows: readonly Flow[]; readonly every: number }
  /** Stops sending; what is on its way still counts. */
  | { readonly op: 'hush' }
  | { readonly op: 'report' }
  | { readonly op: 'forget' };

export type Message =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'answers'; readonly answers: readonly Answer[] }
  | { readonly type: 'flows'; readonly flows: readonly FlowEnd[] };

/** Milliseconds of the clock that all processes of one machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
