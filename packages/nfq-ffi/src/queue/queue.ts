import type { Batch, NetlinkCounters } from '../netlink/batch.ts';
import type { ConnectionMark, Verdict } from '../netlink/verdict.ts';

/**
 * A queue of packets that wait for a verdict. The loop is: receive, answer each packet now or later, receive again. Not
 * for use from more than one thread of a process.
 */
export interface Queue {
  /** 0 … 65535, the number in the rule. */
  readonly number: number;
  readonly counters: Readonly<NetlinkCounters>;
  /** Whether answers can mark connections: the kernel has nf_conntrack_netlink and CONFIG_NETFILTER_NETLINK_GLUE_CT. */
  readonly marksConnections: boolean;
  /** True when the descriptor `wakeOn` ended the last receive's wait. */
  readonly woken: boolean;
  /**
   * Sends the answers given so far, waits up to `timeoutMs` (0: not at all) for packets, and returns them: at most 64, none on
   * a timeout or a signal. The batch is the same object each time. Throws NFQ_GONE, NFQ_CLOSED, NFQ_SYSTEM.
   */
  receive(timeoutMs: number): Batch;
  /**
   * Gives a packet's verdict, which leaves with the next receive or flush. A `mark` replaces the packet's; `connection` sets bits
   * of its connection's mark, where `marksConnections`; elsewhere the kernel ignores it. An id that it does not hold is
   * counted as rejected.
   */
  answer(id: number, verdict: Verdict, mark?: number, connection?: ConnectionMark): void;
  /** Sends the answers given so far: before work that takes long. */
  flush(): void;
  /** What the kernel says about the queue; undefined when it does not list it. */
  statistics(): QueueStatistics | undefined;
  /** Sends the answers given so far and unbinds; the kernel drops what is still unanswered. A second call does nothing. */
  close(): void;
}

/** A line of /proc/net/netfilter/nfnetlink_queue; counts since the queue was bound. */
export interface QueueStatistics {
  readonly number: number;
  /** The netlink port of the listener. */
  readonly portId: number;
  /** Packets without a verdict, held ones included. */
  readonly waiting: number;
  readonly copyRange: number;
  /** Lost (or let through, with failOpen) because the queue held its maximum. */
  readonly queueDropped: number;
  /** Lost because the receive buffer was full. */
  readonly userDropped: number;
  /** Id of the newest packet: how many there were. */
  readonly lastId: number;
}

export const QUEUE_DEFAULTS = { copyRange: 128, maximumLength: 8192, receiveBuffer: 64 << 20 } as const;

export interface QueueOptions {
  /** 0 … 65535. */
  readonly number: number;
  /** Bytes copied of each packet, 64 … 65531; 128 (the default) hold the headers, DNS answers need all. */
  readonly copyRange?: number;
  /** Packets that may wait for a verdict; default 8192. */
  readonly maximumLength?: number;
  /** Whether a packet that finds the queue full passes (true) or is dropped (false, the default). */
  readonly failOpen?: boolean;
  /** Bytes that may wait in the socket; default 64 MiB. A limit, not memory that is taken. */
  readonly receiveBuffer?: number;
  /** Whether packets that are larger than the MTU come whole (true, the default) or cut by the kernel, one verdict a piece. */
  readonly gso?: boolean;
  /** A descriptor that ends a wait when it is readable or closed. */
  readonly wakeOn?: number;
}
