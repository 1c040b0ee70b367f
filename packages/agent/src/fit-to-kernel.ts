import { type CompileOptions, NftTimeout, NftUnavailable } from '@kncompile/compiler';
import { NfqError } from '@kncompile/nfq-ffi';
import { openQueuePath } from './judge/queue-path.ts';
import { hasLogStatement } from './kernel/log-support.ts';
import type { Logger } from './report/logger.ts';

export interface FittedOptions {
  readonly options: CompileOptions;
  /** Puts the way to the queues back in order where another program has damaged it. */
  readonly repair: () => void;
}

/**
 * Leaves out of the ruleset what this kernel does not have, makes the way to the queues, and says what is missing: one
 * statement that the kernel does not know would have it refuse the whole ruleset.
 */
export async function fitToKernel(wanted: CompileOptions, log: Logger): Promise<FittedOptions> {
  const options = await withoutMissingLog(wanted, log);
  try {
    return openQueuePath(options);
  } catch (error) {
    if (!(error instanceof NfqError)) throw error;
    const fate = options.failOpen ? 'accepted' : 'dropped';
    log.error(`packets cannot be queued here (${error.message}): those that need the agent are ${fate}`);
    return { options: { ...options, queueVia: 'none' }, repair: () => undefined };
  }
}

async function withoutMissingLog(options: CompileOptions, log: Logger): Promise<CompileOptions> {
  if (!options.logDenied) return options;
  try {
    if (await hasLogStatement(options.logDenied.group)) return options;
    log.warn('this kernel has no NFLOG (nfnetlink_log): denied connections are not logged');
  } catch (error) {
    if (!(error instanceof NftUnavailable || error instanceof NftTimeout)) throw error;
    log.warn(`denied connections are not logged: ${error.message}`);
  }
  return { ...options, logDenied: undefined };
}
