import type { Allowance } from './token-bucket.ts';

/** How soon and how often the cluster is told, in milliseconds. Tests bring shorter ones. */
export interface StatusPace {
  /** What concerns this node is told within so long, at a random moment: all nodes see a broken policy at once. */
  readonly soon: number;
  /** What others have left behind is tidied up between so long and twice that: they may do it themselves. */
  readonly late: number;
  /** All writes together. */
  readonly allowance: Allowance;
  readonly backoff: { readonly first: number; readonly longest: number };
  /** Between looks at the kernel's state; and how long it must refuse before that is told. */
  readonly look: number;
  readonly grace: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export const STATUS_PACE: StatusPace = Object.freeze({
  soon: 5_000,
  late: 120_000,
  allowance: Object.freeze({ burst: 20, every: 2_000 }),
  backoff: Object.freeze({ first: 1_000, longest: 300_000 }),
  look: 5_000,
  grace: 60_000,
  random: Math.random,
});
