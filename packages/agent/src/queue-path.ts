import type { CompileOptions } from '@kncompile/compiler';
import { hasQueueStatement, installXtables, NfqError } from '@kncompile/nfq-ffi';

/** How packets get to the judge on this kernel; `none`: they cannot, and `why`. */
export type QueuePath = { readonly via: 'nft' | 'mark' } | { readonly via: 'none'; readonly why: string };

/**
 * Finds it out and, where the kernel has no queue statement, installs the xtables rules that take its place. nft must
 * work already.
 */
export function prepareQueuePath(options: CompileOptions): QueuePath {
  try {
    if (hasQueueStatement()) return { via: 'nft' };
    const { queues, queueMark, failOpen } = options;
    installXtables({ ...queues, mark: queueMark, bypass: failOpen });
    return { via: 'mark' };
  } catch (error) {
    if (!(error instanceof NfqError)) throw error;
    return { via: 'none', why: error.message };
  }
}
