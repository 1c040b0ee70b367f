/** Whether one end may connect to another, and everything that led to the answer. */
import type { ConnectionAttempt, Snapshot } from '../../decision/snapshot.ts';
import { strictest, type Verdict } from '../../decision/verdicts.ts';
import { IP_PROTOCOL } from '../../ruleset/cells.ts';
import { ICMP, ICMPV6 } from '../../ruleset/rule-words.ts';
import { familyOf } from '../../values/address.ts';
import { pointOfPacket } from '../../values/ports.ts';
import type { Pair } from '../ends/pairs.ts';
import type { Transport } from '../ends/target.ts';
import { type DirectionStory, tellDirection } from './direction.ts';
import type { KernelStory, Kernels } from './kernel.ts';

/** One pair of addresses: both directions, and what the kernels of their nodes do. */
export interface PairStory {
  readonly pair: Pair;
  readonly transport: Transport;
  readonly verdict: Verdict;
  readonly egress: DirectionStory;
  readonly ingress: DirectionStory;
  readonly kernels: readonly KernelStory[];
}

/** Pairs that have one verdict. */
export interface VerdictGroup {
  readonly verdict: Verdict;
  /** In the order of the ends. */
  readonly pairs: readonly [Pair, ...Pair[]];
}

/**
 * The pairs by their verdicts, in the order of the first pair of each; one group where all agree. `onTried` hears of every
 * pair that is done.
 */
export function groupByVerdict(
  snapshot: Snapshot,
  pairs: readonly Pair[],
  transport: Transport,
  onTried: () => void = () => {},
): readonly VerdictGroup[] {
  const groups = new Map<Verdict, [Pair, ...Pair[]]>();
  for (const pair of pairs) {
    const verdict = snapshot.verdictOn(attemptOf(pair, transport));
    const group = groups.get(verdict);
    if (group) group.push(pair);
    else groups.set(verdict, [pair]);
    onTried();
  }
  return [...groups].map(([verdict, members]) => ({ verdict, pairs: members }));
}

/** What happens to the connections of one pair; `kernels` undefined leaves the rulesets out. */
export function tellPair(
  snapshot: Snapshot,
  kernels: Kernels | undefined,
  pair: Pair,
  transport: Transport,
): PairStory {
  const attempt = attemptOf(pair, transport);
  const { source, destination } = attempt;
  const point = pointOfPacket(attempt.protocol, attempt.port);
  const egress = tellDirection(snapshot, 'egress', source, destination, point);
  const ingress = tellDirection(snapshot, 'ingress', source, destination, point);
  const verdicts = [egress, ingress].map((story) => (story.kind === 'judged' ? story.verdict : undefined));
  return {
    pair,
    transport,
    verdict: strictest(verdicts),
    egress,
    ingress,
    kernels: kernels?.tell(attempt) ?? [],
  };
}

/** The packet that begins the connection. ICMP over IPv6 is ICMPv6. */
function attemptOf({ from, to }: Pair, { protocol, port }: Transport): ConnectionAttempt {
  const ends = { source: from.address, destination: to.address };
  if (protocol !== 'ICMP') return { ...ends, protocol: IP_PROTOCOL[protocol], port };
  return { ...ends, protocol: familyOf(from.address) === 4 ? ICMP : ICMPV6, port: 0 };
}
