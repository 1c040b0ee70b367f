import { constants } from 'node:os';
import { errnoError } from '../errors.ts';
import { createChain } from '../ffi/chain.ts';
import { callInt, callPointer, errno, errnoCell, int, pointer } from '../ffi/library.ts';
import { mapMemory } from '../ffi/memory.ts';
import { type Link, OUTGOING, OVERFLOW, SLOTS } from './link.ts';

const { EAGAIN, EINTR, ENOBUFS, ENOMEM } = constants.errno;
const MSG_DONTWAIT = 0x40;
const POLLIN = 1;

/** Sizes and offsets of the structures behind the three system calls, on 64-bit Linux. */
const POLLFD = 8;
const MMSGHDR = 64;
const IOVEC = 16;
const MSG_IOV = 16;
const MSG_IOVLEN = 24;
const MSG_LEN = 56;

/** Where each of them lies in the shared memory. */
const POLL_AT = 0;
const TIMEOUT_AT = 64;
const SEND_AT = 128;
const RECEIVE_AT = SEND_AT + MMSGHDR;
const VECTORS_AT = RECEIVE_AT + SLOTS * MMSGHDR;
const OUTGOING_AT = VECTORS_AT + (SLOTS + 1) * IOVEC + 48;
const SLOTS_AT = OUTGOING_AT + OUTGOING;

const SEND_STEP = 0;
const WAIT_STEP = 1;
const SEND_ATTEMPTS = 10;

/** The link over the netlink socket `fd`, with slots of `slotSize` bytes (a multiple of 64) and the descriptor to wake on, if any. */
export function createKernelLink(
  fd: number,
  slotSize: number,
  wakeOn: number | undefined,
  closeSocket: () => void,
): Link {
  const memory = mapMemory(SLOTS_AT + SLOTS * slotSize);
  const { address, bytes, words, longs } = memory;
  const at = (offset: number): bigint => address + BigInt(offset);

  const writeMessage = (header: number, vector: number, buffer: number, size: number): void => {
    longs[(header + MSG_IOV) >> 3] = at(vector);
    longs[(header + MSG_IOVLEN) >> 3] = 1n;
    longs[vector >> 3] = at(buffer);
    longs[(vector + 8) >> 3] = BigInt(size);
  };
  for (let i = 0; i < SLOTS; i++) {
    writeMessage(RECEIVE_AT + i * MMSGHDR, VECTORS_AT + i * IOVEC, SLOTS_AT + i * slotSize, slotSize);
  }
  const sendVector = VECTORS_AT + SLOTS * IOVEC;
  writeMessage(SEND_AT, sendVector, OUTGOING_AT, 0);
  const descriptors = wakeOn === undefined ? [fd] : [fd, wakeOn];
  descriptors.forEach((descriptor, index) => {
    words[(POLL_AT + index * POLLFD) >> 2] = descriptor;
    words[(POLL_AT + index * POLLFD + 4) >> 2] = POLLIN;
  });

  // sendmmsg and recvmmsg leave their results in msg_len, ppoll in revents.
  const chain = createChain([
    { name: 'sendmmsg', arguments: [BigInt(fd), at(SEND_AT), 1n, 0n] },
    { name: 'ppoll', arguments: [at(POLL_AT), BigInt(descriptors.length), at(TIMEOUT_AT), 0n] },
    { name: 'recvmmsg', arguments: [BigInt(fd), at(RECEIVE_AT), BigInt(SLOTS), BigInt(MSG_DONTWAIT), 0n] },
  ]);
  const error = errnoCell();
  const lengthWord = (index: number): number => (RECEIVE_AT + index * MMSGHDR + MSG_LEN) >> 2;
  const sentWord = (SEND_AT + MSG_LEN) >> 2;
  const wakeWord = (POLL_AT + POLLFD + 4) >> 2;
  let received = 0;

  /** The slow way, for what a joined call could not send; only memory pressure in the kernel leads here. */
  const send = (outgoing: number): void => {
    for (let attempt = 0; attempt < SEND_ATTEMPTS; attempt++) {
      const buffer = pointer(at(OUTGOING_AT));
      const sent = callPointer('libc', 'send', int(fd), buffer, pointer(BigInt(outgoing)), int(0));
      if (sent === BigInt(outgoing)) return;
      const reason = errno();
      if (reason !== EINTR && reason !== EAGAIN && reason !== ENOBUFS && reason !== ENOMEM) break;
      callInt('libc', 'usleep', int(1000));
    }
    throw errnoError(errno(), 'sending verdicts', { queueTaken: false });
  };

  return {
    bytes,
    words,
    slotsAt: SLOTS_AT,
    slotSize,
    outgoingAt: OUTGOING_AT,
    get woken() {
      return (words[wakeWord] as number) >>> 16 !== 0;
    },
    lengthOf: (index) => words[lengthWord(index)] as number,
    send,
    exchange(outgoing, timeoutMs) {
      for (let i = 0; i < received; i++) words[lengthWord(i)] = 0;
      received = 0;
      words[wakeWord] = POLLIN;
      const seconds = Math.floor(timeoutMs / 1000);
      words[TIMEOUT_AT >> 2] = seconds;
      words[(TIMEOUT_AT + 8) >> 2] = Math.floor((timeoutMs - seconds * 1000) * 1e6);
      words[(sendVector + 8) >> 2] = outgoing;
      words[sentWord] = 0;
      error[0] = 0;
      chain.run(outgoing > 0 ? SEND_STEP : WAIT_STEP);
      const reason = error[0];

      while (received < SLOTS && words[lengthWord(received)] !== 0) received++;
      if (words[sentWord] !== outgoing) send(outgoing);
      if (received > 0 || reason === 0 || reason === EAGAIN || reason === EINTR) return received;
      if (reason === ENOBUFS) return OVERFLOW;
      throw errnoError(reason, 'receiving packets', { queueTaken: false });
    },
    close: closeSocket,
  };
}
