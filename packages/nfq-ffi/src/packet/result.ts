/** What became of parsing a packet; everything but OK gets the fail verdict and is counted under its name. */
export const Parse = {
  OK: 0,
  /** A header reaches past the copied bytes, or past the length that the packet claims. */
  TRUNCATED: 1,
  /** Neither IPv4 nor IPv6. */
  BAD_VERSION: 2,
  /** A length field contradicts another. */
  BAD_LENGTH: 3,
  /** Its ports are in another packet. With conntrack loaded the kernel reassembles before the queue, so this is rare. */
  LATER_FRAGMENT: 4,
} as const;
export type Parse = (typeof Parse)[keyof typeof Parse];

/** The names of the results, at their number: for counters and logs. */
export const PARSE_NAMES = ['ok', 'truncated', 'badVersion', 'badLength', 'laterFragment'] as const;
export type UnjudgeableReason = Exclude<(typeof PARSE_NAMES)[number], 'ok'>;
