import type { CompileOptions } from '@kncompile/compiler';
import { hasQueueStatement, installXtables, removeXtables } from '@kncompile/nfq-ffi';

/** How packets come to the queues: by nft's own statement, or by a mark and an xtables rule behind our hooks. */
export interface QueuePath {
  /** The options to compile with on this kernel. */
  readonly options: CompileOptions;
  readonly via: CompileOptions['queueVia'];
  /** Puts the way back in order where another program has taken rules of it away; does nothing for the statement. */
  repair(): void;
}

/**
 * Finds out how this kernel can queue, and makes the way where it needs one. It is left in place when the agent ends, as the
 * ruleset is; `removeQueuePath` is for the clean-up.
 * @throws NfqError: NFQ_NFT_FAILED where nft does not work at all, NFQ_XTABLES_FAILED where the kernel has no queue statement
 * and iptables does not work either. Nothing may be enforced then: marked packets would pass.
 */
export function openQueuePath(options: CompileOptions): QueuePath {
  if (hasQueueStatement()) return { options: { ...options, queueVia: 'nft' }, via: 'nft', repair: () => {} };
  const { original, reply } = options.queues;
  const install = (): void =>
    installXtables({
      mark: options.queueMark,
      bothWaysMark: options.dnsMark,
      unjudgedBothWaysMark: options.unjudgedDnsMark,
      original,
      reply,
      bypass: options.failOpen,
    });
  install();
  return { options: { ...options, queueVia: 'mark' }, via: 'mark', repair: install };
}

/** Removes the xtables rules, if there are any. */
export function removeQueuePath(): void {
  removeXtables();
}
