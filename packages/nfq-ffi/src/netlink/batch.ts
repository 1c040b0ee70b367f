/**
 * The packets of one receive, as columns: entry i, 0 ≤ i < count, is the packet with `ids[i]`, whose copied bytes are
 * bytes[offsets[i], offsets[i] + lengths[i]). Valid until the next receive.
 */
export interface Batch {
  count: number;
  /** Given by the kernel, rising by one; the handle of a verdict. */
  readonly ids: Uint32Array;
  /** The packet mark; 0 is also what a packet without one has. */
  readonly marks: Uint32Array;
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
  readonly lengths: Uint32Array;
}

/** What arrived beside packets; counts since the queue was opened. */
export interface NetlinkCounters {
  /** Verdicts that the kernel refused, because it no longer had the packet. */
  rejected: number;
  /** The error number of the last refusal, 0 if there was none. */
  lastErrno: number;
  /** Times that the kernel said that the receive buffer was full. */
  overflows: number;
  /** Messages of unknown type, or too short to hold a packet's id. */
  malformed: number;
}

export function createBatch(bytes: Uint8Array, capacity: number): Batch {
  return {
    count: 0,
    ids: new Uint32Array(capacity),
    marks: new Uint32Array(capacity),
    bytes,
    offsets: new Uint32Array(capacity),
    lengths: new Uint32Array(capacity),
  };
}

export function createNetlinkCounters(): NetlinkCounters {
  return { rejected: 0, lastErrno: 0, overflows: 0, malformed: 0 };
}
