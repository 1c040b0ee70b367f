/** Looks for ways of packets that the ruleset does not see, and for what the kernel lacks. Never changes anything. */
import type { CompileOptions } from '@kncompile/compiler';
import { bridgeFindings } from './bridges.ts';
import { type Finding, finding, someOf } from './finding.ts';
import { flowtableFindings } from './flowtables.ts';
import { hasIpvs, ipvsFindings } from './ipvs.ts';
import type { NodeFiles } from './node-files.ts';

/** What the agent knows already. */
export interface KnownFacts {
  /** How queued packets leave the ruleset on this kernel. */
  readonly queueVia: CompileOptions['queueVia'];
  /** Whether connection marks can be changed through conntrack's netlink. */
  readonly conntrack: boolean;
  /** As the queue workers report it; undefined before one did. */
  readonly marksConnections: boolean | undefined;
  /** Chains of others that write into our bits of the conntrack mark (reconcile/mark-writers.ts). */
  readonly markWriters: readonly string[];
  /** Whether the ruleset has the chains for IPVS (CompileOptions.ipvs). */
  readonly judgesIpvs: boolean;
  /** As `listFlowtables` gives it. */
  readonly flowtables: string | undefined;
}

/**
 * Everything that was found, always in the same order. Reads some files per network device; throws only for a listing
 * that is no JSON of nft's.
 */
export function detect(files: NodeFiles, facts: KnownFacts): readonly Finding[] {
  const { queueVia, conntrack, marksConnections, markWriters, judgesIpvs, flowtables } = facts;
  const when = (holds: boolean, ...[code, message]: Parameters<typeof finding>): readonly Finding[] =>
    holds ? [finding(code, message)] : [];
  return Object.freeze([
    ...bridgeFindings(files),
    ...(flowtables === undefined ? [] : flowtableFindings(flowtables)),
    ...when(
      hasIpvs(files) && !judgesIpvs,
      'ipvs-not-judged',
      'service traffic goes through IPVS, and this kernel cannot tell it from the node’s own packets',
    ),
    ...ipvsFindings(files, queueVia === 'mark'),
    ...when(
      markWriters.length > 0,
      'foreign-mark-writer',
      `others write into our bits of the conntrack mark, which say that a connection was judged: ${someOf(markWriters)}`,
    ),
    ...when(
      queueVia === 'mark',
      'no-queue-statement',
      "this kernel lacks nft's queue statement: an xtables rule queues what nft marks",
    ),
    ...when(
      queueVia === 'none',
      'no-queue',
      'this kernel offers no way to the queues: what the ruleset cannot decide is not held for the agent',
    ),
    ...when(
      marksConnections === false,
      'no-connection-marks',
      'verdicts cannot mark connections: those of pods beyond the cell budget go through the agent packet by packet',
    ),
    ...when(
      !conntrack,
      'no-conntrack-netlink',
      'connection marks cannot be changed: old stamps stay when the generation numbers come again',
    ),
  ]);
}
