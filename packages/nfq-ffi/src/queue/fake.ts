import { constants } from 'node:os';
import { MESSAGE_OVERHEAD } from '../netlink/constants.ts';
import type { ConnectionMark, Verdict } from '../netlink/verdict.ts';
import { errorDatagram, packetDatagram, readVerdicts } from './fake-netlink.ts';
import { type Link, OUTGOING, SLOTS } from './link.ts';
import { createLinkQueue } from './link-queue.ts';
import { QUEUE_DEFAULTS, type Queue, type QueueOptions, type QueueStatistics } from './queue.ts';

export interface FakeAnswer {
  readonly id: number;
  readonly verdict: Verdict;
  readonly mark: number | undefined;
  /** What is to become of the connection's mark. */
  readonly connection: ConnectionMark | undefined;
}

export interface InjectOptions {
  /** The packet mark. */
  readonly mark?: number;
  /** Damages the netlink message that brings the packet. */
  readonly mangle?: (datagram: Uint8Array) => Uint8Array;
}

/** A queue in memory, which plays the kernel's part: it reads the very messages that go to the kernel. */
export interface FakeQueue extends Queue {
  /** In the order in which they were given. */
  readonly answers: readonly FakeAnswer[];
  /** Ids without a verdict. */
  readonly waiting: readonly number[];
  /** A packet arrives, from its IP header on; returns its id, or undefined when the queue is full. */
  inject(packet: Uint8Array, options?: InjectOptions): number | undefined;
  /** A datagram arrives that belongs to no packet. */
  injectDatagram(datagram: Uint8Array): void;
  /** Makes the next receive report `woken`. */
  wake(): void;
}

export type FakeOptions = Omit<QueueOptions, 'receiveBuffer' | 'gso' | 'wakeOn'>;

const { ENOENT } = constants.errno;

/** A queue for tests of what stands on it. Its receive never waits. */
export function createFakeQueue(options: FakeOptions): FakeQueue {
  const { number, copyRange, maximumLength, failOpen } = { ...QUEUE_DEFAULTS, failOpen: false, ...options };
  const slotSize = (copyRange + MESSAGE_OVERHEAD + 63) & ~63;
  const words = new Int32Array((SLOTS * slotSize + OUTGOING) >> 2);
  const bytes = new Uint8Array(words.buffer);
  const outgoingAt = SLOTS * slotSize;

  const arriving: Uint8Array[] = [];
  const lengths: number[] = [];
  const waiting = new Set<number>();
  const answers: FakeAnswer[] = [];
  let lastId = 0;
  let queueDropped = 0;
  let wakeNext = false;
  let woken = false;

  const send = (outgoing: number): void => {
    for (const { batch, id, ...settled } of readVerdicts(
      bytes.subarray(outgoingAt, outgoingAt + outgoing),
      number,
    )) {
      const ids = [...waiting].filter((other) => (batch ? other <= id : other === id));
      if (ids.length === 0) arriving.push(errorDatagram(ENOENT));
      for (const one of ids) {
        waiting.delete(one);
        answers.push({ id: one, ...settled });
      }
    }
  };

  const link: Link = {
    bytes,
    words,
    slotsAt: 0,
    slotSize,
    outgoingAt,
    get woken() {
      return woken;
    },
    lengthOf: (index) => lengths[index] as number,
    send,
    exchange(outgoing) {
      send(outgoing);
      woken = wakeNext;
      wakeNext = false;
      const datagrams = arriving.splice(0, SLOTS);
      datagrams.forEach((datagram, index) => {
        const size = Math.min(datagram.length, slotSize);
        bytes.set(datagram.subarray(0, size), index * slotSize);
        lengths[index] = size;
      });
      return datagrams.length;
    },
    close: () => undefined,
  };

  const statistics = (): QueueStatistics => ({
    number,
    portId: 0,
    waiting: waiting.size,
    copyRange,
    queueDropped,
    userDropped: 0,
    lastId,
  });
  const queue = createLinkQueue(number, link, { marksConnections: true, statistics });
  return Object.defineProperties(queue as FakeQueue, {
    answers: { get: () => answers },
    waiting: { get: () => [...waiting] },
    inject: {
      value: (packet: Uint8Array, { mark, mangle = (whole) => whole }: InjectOptions = {}) => {
        if (waiting.size >= maximumLength) {
          if (!failOpen) queueDropped++;
          return undefined;
        }
        const id = ++lastId;
        waiting.add(id);
        arriving.push(mangle(packetDatagram(number, id, packet.subarray(0, copyRange), mark)));
        return id;
      },
    },
    injectDatagram: { value: (datagram: Uint8Array) => arriving.push(datagram) },
    wake: { value: () => (wakeNext = true) },
  });
}
