/** How one commit went. Times in milliseconds. */
export interface CommitReport {
  readonly kind: 'delta' | 'full' | 'repair';
  readonly compileMs: number;
  readonly applyMs: number;
  /** From the first event in it to the kernel's answer; undefined where no event was in it. */
  readonly eventToCommitMs: number | undefined;
}

/** Counters (never less than before) and gauges of a reconciler. Times in milliseconds. */
export interface ReconcileStats {
  events: number;
  /** Commits that the kernel took; those of the deltas and full loads are counted apart, too. */
  commits: number;
  deltas: number;
  fullLoads: number;
  failedDeltas: number;
  failedFullLoads: number;
  /** Comparisons of the kernel with the intent, and those that could not be done. */
  checks: number;
  failedChecks: number;
  /** Comparisons that found something else in the kernel, and the elements and chains that differed. */
  drifts: number;
  driftedParts: number;
  /** Runs that cleared old stamps, the connections they changed, and those runs that failed. */
  stampClears: number;
  clearedStamps: number;
  failedStampClears: number;
  /** Commits that moved to a generation that old connections may still bear, because clearing did not work. */
  unsafeWraps: number;
  generation: number;
  /** Whether the kernel holds what was committed last. */
  inStep: boolean;
  /** What the table was when the agent came: adopted, replaced because it could not be read, or not there. */
  start: 'unknown' | 'adopted' | 'replaced' | 'created';
  lastCommitMs: number;
  lastEventToCommitMs: number;
  /** Time of the clock when the kernel last held the intent; undefined before. */
  lastInStepAt: number | undefined;
  /** nft's words on the last failure; undefined after a success. */
  lastError: string | undefined;
  /** Addresses that the kernel has learned for DNS names, counted per answer; and those that it did not take. */
  learnedNames: number;
  refusedNames: number;
  /** Addresses that the kernel has learned are nobody's; those that there was no room for, or that it did not take. */
  learned: number;
  refusedLearned: number;
  /** Chains of others that write into our bits of the conntrack mark. */
  markWriters: readonly string[];
}

export function newStats(): ReconcileStats {
  return {
    events: 0,
    commits: 0,
    deltas: 0,
    fullLoads: 0,
    failedDeltas: 0,
    failedFullLoads: 0,
    checks: 0,
    failedChecks: 0,
    drifts: 0,
    driftedParts: 0,
    stampClears: 0,
    clearedStamps: 0,
    failedStampClears: 0,
    unsafeWraps: 0,
    generation: 0,
    inStep: false,
    start: 'unknown',
    lastCommitMs: 0,
    lastEventToCommitMs: 0,
    lastInStepAt: undefined,
    lastError: undefined,
    learnedNames: 0,
    refusedNames: 0,
    learned: 0,
    refusedLearned: 0,
    markWriters: [],
  };
}
