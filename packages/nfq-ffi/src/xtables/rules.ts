import { NfqError } from '../errors.ts';

/** An inclusive range of queue numbers, over which the kernel spreads the connections. */
export interface QueueRange {
  readonly first: number;
  readonly last: number;
}

export interface XtablesOptions {
  /** The bits of the packet mark with which nft's rules say "queue this": they are cleared again on the way. */
  readonly mark: number;
  readonly original: QueueRange;
  readonly reply: QueueRange;
  /**
   * Packets that bear these bits, too, go to the queues for replies in both directions, and pass while nobody listens
   * there. The bits stay: a packet that has left for a queue comes back behind the rules that could clear them.
   */
  readonly bothWaysMark?: number;
  /** The same, but they pass only with `bypass`. */
  readonly unjudgedBothWaysMark?: number;
  /** Whether packets pass while nobody listens on their queue. */
  readonly bypass: boolean;
}

export const TABLE = 'security';
export const CHAIN = 'KNCOMPILE-QUEUE';

/**
 * The hooks that judge: pods' traffic through the node, pods to their own node, and what the node answers them. All come after
 * nft's chains, which run at mangle - 1, and after filter.
 */
export const HOOKS = ['FORWARD', 'INPUT', 'OUTPUT'] as const;

/** The text for `iptables-restore --noflush`: it makes the chain or refills it, in one transaction, and nothing else. */
export function chainText(options: XtablesOptions): string {
  const { original, reply } = options;
  const queue = (range: QueueRange, bypass = options.bypass): string =>
    `-j NFQUEUE ${rangeText(range)}${bypass ? ' --queue-bypass' : ''}`;
  const bothWays = (mark: number | undefined, bypass: boolean): string[] =>
    mark === undefined ? [] : [`-A ${CHAIN} ${markMatch(mark)} ${queue(reply, bypass)}`];
  return [
    `*${TABLE}`,
    `:${CHAIN} - [0:0]`,
    // What follows the verdict must not meet our mark: nobody else knows it.
    `-A ${CHAIN} -j MARK --set-xmark 0x0/${hex(checkMark(options.mark))}`,
    ...bothWays(options.bothWaysMark, true),
    ...bothWays(options.unjudgedBothWaysMark, options.bypass),
    `-A ${CHAIN} -m conntrack --ctdir REPLY ${queue(reply)}`,
    // Original direction, and untracked packets, which have none.
    `-A ${CHAIN} ${queue(original)}`,
    'COMMIT',
    '',
  ].join('\n');
}

/** The rule that leads from a hook into the chain. */
export function jumpRule(hook: (typeof HOOKS)[number], mark: number): readonly string[] {
  return [hook, ...markMatch(mark).split(' '), '-j', CHAIN];
}

function markMatch(mark: number): string {
  const bits = hex(checkMark(mark));
  return `-m mark --mark ${bits}/${bits}`;
}

function rangeText({ first, last }: QueueRange): string {
  if (!(Number.isInteger(first) && Number.isInteger(last) && first >= 0 && first <= last && last <= 65535)) {
    throw new NfqError('NFQ_BAD_OPTION', `${first}-${last} is no range of queue numbers`);
  }
  return first === last ? `--queue-num ${first}` : `--queue-balance ${first}:${last}`;
}

function checkMark(mark: number): number {
  if (Number.isInteger(mark) && mark > 0 && mark <= 0xffffffff) return mark;
  throw new NfqError('NFQ_BAD_OPTION', `mark ${mark} is not 1 … 0xffffffff`);
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}
