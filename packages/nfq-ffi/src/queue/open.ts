import { errnoError, NfqError } from '../errors.ts';
import { callInt, callPointer, errno, int, NULL, openLibrary, pointer } from '../ffi/library.ts';
import { mapMemory } from '../ffi/memory.ts';
import { MESSAGE_OVERHEAD } from '../netlink/constants.ts';
import { createKernelLink } from './kernel-link.ts';
import { createLinkQueue } from './link-queue.ts';
import { QUEUE_DEFAULTS, type Queue, type QueueOptions, type QueueStatistics } from './queue.ts';
import { readStatistics } from './statistics.ts';

const COPY_PACKET = 2;
const FLAG_FAIL_OPEN = 1;
const FLAG_CONNTRACK = 2;
const FLAG_GSO = 4;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;

/**
 * Binds a queue of this process's network namespace. Throws NfqError: NFQ_LIBRARY_MISSING, NFQ_PERMISSION,
 * NFQ_QUEUE_TAKEN, NFQ_UNSUPPORTED, NFQ_INTERRUPTED, NFQ_BAD_OPTION, NFQ_SYSTEM. One thread of a process may use queues.
 */
export function openQueue(options: QueueOptions): Queue {
  const { number, copyRange, maximumLength, receiveBuffer, failOpen, gso, wakeOn } = {
    ...QUEUE_DEFAULTS,
    failOpen: false,
    gso: true,
    wakeOn: undefined,
    ...options,
  };
  checkRange('number', number, 0, 65535);
  checkRange('copyRange', copyRange, 64, 65531);
  checkRange('maximumLength', maximumLength, 1, 2 ** 30);
  checkRange('receiveBuffer', receiveBuffer, 4096, 2 ** 30);

  openLibrary('nfq');
  const fail = (name: string): NfqError =>
    errnoError(errno(), `queue ${number}: ${name}`, { queueTaken: statisticsOf(number) !== undefined });
  const handle = callPointer('nfq', 'nfq_open');
  if (handle === 0n) throw fail('nfq_open');
  try {
    // Its callback is never used: ffi-rs would run it when the packet's memory is gone.
    const queue = callPointer('nfq', 'nfq_create_queue', pointer(handle), int(number), NULL, NULL);
    if (queue === 0n) throw fail('nfq_create_queue');
    // Packets come only after nfq_set_mode: none is sent with its connection, which would be slow.
    const setConntrack = (flags: number): boolean =>
      callInt('nfq', 'nfq_set_queue_flags', pointer(queue), int(FLAG_CONNTRACK), int(flags)) === 0;
    // The kernel then loads nf_conntrack_netlink if it can, and refuses the flag if it has none (nfqnl_recv_config).
    const marksConnections = setConntrack(FLAG_CONNTRACK) && setConntrack(0);
    const configure = (name: string, ...values: readonly number[]): void => {
      if (callInt('nfq', name, pointer(queue), ...values.map(int)) < 0) throw fail(name);
    };
    configure('nfq_set_mode', COPY_PACKET, copyRange);
    configure('nfq_set_queue_maxlen', maximumLength);
    const flags = (failOpen ? FLAG_FAIL_OPEN : 0) | (gso ? FLAG_GSO : 0);
    configure('nfq_set_queue_flags', FLAG_FAIL_OPEN | FLAG_GSO, flags);

    const fd = callInt('nfq', 'nfq_fd', pointer(handle));
    if (!setSocketOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer)) throw fail('SO_RCVBUFFORCE');
    // Without it the kernel refuses every packet after an overflow until the whole buffer has been read.
    if (!setSocketOption(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)) throw fail('NETLINK_NO_ENOBUFS');

    const slotSize = (copyRange + MESSAGE_OVERHEAD + 63) & ~63;
    const link = createKernelLink(fd, slotSize, wakeOn, () => {
      callInt('nfq', 'nfq_destroy_queue', pointer(queue));
      callInt('nfq', 'nfq_close', pointer(handle));
    });
    return createLinkQueue(number, link, { marksConnections, statistics: () => statisticsOf(number) });
  } catch (error) {
    callInt('nfq', 'nfq_close', pointer(handle));
    throw error;
  }
}

function statisticsOf(number: number): QueueStatistics | undefined {
  return readStatistics().find((queue) => queue.number === number);
}

function setSocketOption(fd: number, level: number, name: number, value: number): boolean {
  const { address, words } = mapMemory(4);
  words[0] = value;
  return callInt('libc', 'setsockopt', int(fd), int(level), int(name), pointer(address), int(4)) === 0;
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new NfqError('NFQ_BAD_OPTION', `${name} is ${value}, not a whole number from ${least} to ${most}`);
}
