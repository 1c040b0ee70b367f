/** NFQUEUE for Node. Queues, packets, queue workers and their supervisor, a fake queue, and the xtables fallback. */
export { NFQ_ERROR_CODES, NfqError, type NfqErrorCode } from './errors.ts';
export type { Batch, NetlinkCounters } from './netlink/batch.ts';
export type { ConnectionMark, Verdict } from './netlink/verdict.ts';
export { ABSENT, createPacket, Fragment, formatAddress, type Packet } from './packet/packet.ts';
export { parsePacket } from './packet/parse.ts';
export { PARSE_NAMES, Parse, type UnjudgeableReason } from './packet/result.ts';
export {
  createFakeQueue,
  type FakeAnswer,
  type FakeOptions,
  type FakeQueue,
  type InjectOptions,
} from './queue/fake.ts';
export { openQueue } from './queue/open.ts';
export type { Queue, QueueOptions, QueueStatistics } from './queue/queue.ts';
export { readStatistics } from './queue/statistics.ts';
export { WorkerError } from './supervisor/child.ts';
export {
  type Supervisor,
  type SupervisorOptions,
  supervise,
  type WorkerEvent,
} from './supervisor/supervisor.ts';
export type { WorkerCounters, WorkerReport } from './worker/counters.ts';
export type { Direction, JudgeModule, Judgement, MarkedAccept, Settlement, Tell } from './worker/judge.ts';
export { createLoop, type Loop, type LoopOptions } from './worker/loop.ts';
export {
  TRAFFIC_FAMILIES,
  TRAFFIC_GROUPS,
  TRAFFIC_PROTOCOLS,
  TRAFFIC_TIMES,
  type Traffic,
} from './worker/traffic.ts';
export { hasQueueStatement } from './xtables/detect.ts';
export { installXtables, removeXtables } from './xtables/install.ts';
export type { QueueRange, XtablesOptions } from './xtables/rules.ts';
