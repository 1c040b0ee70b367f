/** The judge's module: nfq-ffi loads it into each worker process. */
import { createQueueJudge } from './queue-judge.ts';

export const { judge, expire, update, outbox } = createQueueJudge(() => performance.now());
