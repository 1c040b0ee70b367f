/** What agent and worker say to each other. */
import type { JudgeDelta } from '@kncompile/compiler/judge';
import type { NamesReport } from '../dns/name-watch.ts';

/** Addresses by family, as words behind each other. */
export interface AddressLists {
  readonly 4: Int32Array;
  readonly 6: Int32Array;
}

export interface RowAnswer {
  readonly side: number;
  readonly profile: number;
  /** As in JudgeRow. */
  readonly parts: Int32Array;
}

/** From the agent. A worker that starts gets settings and everything there is. */
export interface Update {
  readonly settings?: WorkerSettings;
  readonly delta?: JudgeDelta;
  readonly rows?: readonly RowAnswer[];
  /** Addresses that turned out to be nobody's, at this or another worker. */
  readonly learned?: AddressLists;
  /** What may be used for new connections by the pods that were told: words of the pod, words of the address, seconds. */
  readonly fresh?: AddressLists;
  /** What a worker told of names has been carried out, up to a number (NamesReport). */
  readonly named?: { readonly worker: number; readonly upTo: number };
}

export interface WorkerSettings {
  /** Whether a packet passes that the agent gave no answer for. */
  readonly failOpen: boolean;
}

/** From a worker. Bounded: a control message takes 32 KiB. */
export interface Report {
  /** Pairs of side and profile whose row is missing. */
  readonly questions: Int32Array;
  readonly unknown: AddressLists;
  /** Unknown addresses that were not learned: the other end had had its share. */
  readonly refused: number;
  /** Packets since the last report, as in COUNTS. */
  readonly counts: Int32Array;
  /** Pairs of a reason's id and the packets that it dropped since the last report; id 0 stands for all others. */
  readonly denied: Int32Array;
  readonly names: NamesReport;
}
