import { constants } from 'node:os';

/**
 * Every error of this package, by its stable code. The text says what to do about it; what happened stands in the
 * error's message before it.
 */
const REMEDIES = {
  NFQ_LIBRARY_MISSING: 'install libnetfilter_queue (Debian: libnetfilter-queue1) on a system with glibc',
  NFQ_PERMISSION: 'run as root or with CAP_NET_ADMIN in the network namespace of the queue',
  NFQ_QUEUE_TAKEN: 'stop the process that listens on this queue, or use another queue number',
  NFQ_UNSUPPORTED: 'load the kernel module nfnetlink_queue (modprobe nfnetlink_queue)',
  NFQ_OVERFLOW: 'packets were lost: raise receiveBuffer, or spread the traffic over more queues',
  NFQ_INTERRUPTED: 'a signal interrupted the call: try again',
  NFQ_GONE: 'the queue or its socket is gone: close it and open it again',
  NFQ_CLOSED: 'the queue was closed by this process: open a new one',
  NFQ_BAD_OPTION: 'correct the option',
  NFQ_SYSTEM: 'look up the error number in errno(3)',
  NFQ_JUDGE_INVALID: 'the module must load and export the function judge(packet, direction)',
  NFQ_CONTROL: 'parent and worker must run the same version of this package',
  NFQ_NFT_FAILED: 'install nftables 1.0.6 or newer and run as root',
  NFQ_XTABLES_FAILED: 'install iptables and load the modules xt_NFQUEUE, xt_mark, xt_MARK and xt_conntrack',
} as const;

export type NfqErrorCode = keyof typeof REMEDIES;

/** All codes, for documentation and tests. */
export const NFQ_ERROR_CODES = Object.keys(REMEDIES) as readonly NfqErrorCode[];

export class NfqError extends Error {
  override readonly name = 'NfqError';
  readonly code: NfqErrorCode;
  /** The system's error number, 0 where the error did not come from a system call. */
  readonly errno: number;

  constructor(code: NfqErrorCode, what: string, errno = 0) {
    super(`${what}: ${REMEDIES[code]}`);
    this.code = code;
    this.errno = errno;
  }
}

const { EPERM, EBUSY, ENOENT, EINTR, ENOBUFS, EINVAL, EBADF, ENODEV, EAFNOSUPPORT, EPROTONOSUPPORT } = {
  ...constants.errno,
  ENODEV: 19,
  EPROTONOSUPPORT: 93,
};

/** The kernel answers EPERM both for a missing capability and for a queue that another socket holds. */
export interface ErrnoFacts {
  readonly queueTaken: boolean;
}

/**
 * The error behind a failed system call. `what` says what was attempted, such as `queue 3: nfq_create_queue`.
 * nfnetlink answers EINVAL for a subsystem it does not have (net/netfilter/nfnetlink.c, nfnetlink_rcv_msg).
 */
export function errnoError(errno: number, what: string, facts: ErrnoFacts): NfqError {
  const text = `${what} failed (errno ${errno})`;
  switch (errno) {
    case EPERM:
    case EBUSY:
      return new NfqError(
        facts.queueTaken || errno === EBUSY ? 'NFQ_QUEUE_TAKEN' : 'NFQ_PERMISSION',
        text,
        errno,
      );
    case ENOENT:
    case EINVAL:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return new NfqError('NFQ_UNSUPPORTED', text, errno);
    case EINTR:
      return new NfqError('NFQ_INTERRUPTED', text, errno);
    case ENOBUFS:
      return new NfqError('NFQ_OVERFLOW', text, errno);
    case EBADF:
    case ENODEV:
      return new NfqError('NFQ_GONE', text, errno);
    default:
      return new NfqError('NFQ_SYSTEM', text, errno);
  }
}
