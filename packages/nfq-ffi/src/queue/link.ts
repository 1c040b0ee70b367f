import { LONGEST_VERDICT } from '../netlink/verdict.ts';

/**
 * What a queue needs of its netlink socket, and the seam between the kernel and the fake: memory for datagrams both
 * ways, and one operation that moves them.
 */
export interface Link {
  readonly bytes: Uint8Array;
  /** The same memory as `bytes`. */
  readonly words: Int32Array;
  /** Where received datagram i lies: slotsAt + i * slotSize, slotSize bytes of room, i < SLOTS. */
  readonly slotsAt: number;
  readonly slotSize: number;
  /** Where to put outgoing messages: OUTGOING bytes of room, 4-byte aligned. */
  readonly outgoingAt: number;
  /** Whether the last exchange found the wake-up descriptor readable. */
  readonly woken: boolean;
  /** Sends `outgoing` bytes (if any), waits for datagrams, receives; returns their number, or OVERFLOW. */
  exchange(outgoing: number, timeoutMs: number): number;
  /** Length of datagram i of the last exchange. */
  lengthOf(index: number): number;
  send(outgoing: number): void;
  close(): void;
}

/** What exchange returns when the kernel reports a full receive buffer instead of datagrams. */
export const OVERFLOW = -1;

/** Datagrams of one exchange. */
export const SLOTS = 64;
/** Answers that may gather before they are sent: a batch, and as many that were held. */
export const OUTGOING = 4 * SLOTS * LONGEST_VERDICT;
