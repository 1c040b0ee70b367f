/** What a judge in another process needs at run time, and nothing else: it shall not load the whole compiler. */

export { CELL_VERDICT, LEARNED_SECONDS, LONGEST_TTL } from '../ruleset/ir.ts';
export { domainHolds } from '../values/domain.ts';
export { OTHER, pointOf } from '../values/ports.ts';
export {
  DECIDED_BY,
  DNS_CLIENT,
  type FamilyDelta,
  type JudgeDelta,
  NODE_RANGE,
  PART_WORDS,
  POD_RANGE,
  QUEUED_EGRESS,
  QUEUED_INGRESS,
} from './judge-delta.ts';
