/** Why the judge decided as it did: the bounded labels of its counters. */
export const REASONS = [
  /** A rule of a policy. */
  'rule',
  /** Policies isolate the pod, and no rule of theirs allows (S4). */
  'isolation',
  /** No policy has a say (S2). */
  'no_policy',
  /** A pod to itself (S40). */
  'self',
  /** Only a DNS name could allow it, and nobody knows that the address answers to it (S37). */
  'unknown_name',
  /** The agent did not say in time what the policies mean for the two ends. */
  'unanswered',
] as const;
export type VerdictReason = (typeof REASONS)[number];

/** The place of each in the list. */
export const REASON_AT = Object.freeze(
  Object.fromEntries(REASONS.map((reason, at) => [reason, at])) as Record<VerdictReason, number>,
);

export const OUTCOMES = ['accept', 'drop'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Packets by outcome and reason. */
export type VerdictCounts = Readonly<Record<Outcome, Readonly<Record<VerdictReason, number>>>>;

/** Counts of both outcomes, one behind the other: those of a worker's report. */
export const COUNTS = OUTCOMES.length * REASONS.length;

/** The counts of a report by name. */
export function namedCounts(counts: ArrayLike<number>): VerdictCounts {
  const of = (outcome: number): VerdictCounts[Outcome] =>
    Object.fromEntries(
      REASONS.map((reason, at) => [reason, counts[outcome * REASONS.length + at] ?? 0]),
    ) as VerdictCounts[Outcome];
  return { accept: of(0), drop: of(1) };
}
