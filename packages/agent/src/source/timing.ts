/** How long a source waits for what, in milliseconds. Tests bring shorter ones. */
export interface Timing {
  /** The first pause after a failure, and the longest one. */
  readonly backoff: { readonly first: number; readonly longest: number };
  /** The same between looks for a kind that the server does not have. */
  readonly absent: { readonly first: number; readonly longest: number };
  /** One answer to a list request, body included. */
  readonly page: number;
  /** For how long a watch is asked for; the server ends it then. Up to twice that, so that watches do not all end at once. */
  readonly watch: number;
  /** Without a byte for so long a watch counts as dead: bookmarks come once a minute. */
  readonly silence: number;
  /** A watch that lasted so long was a success, whatever ended it. */
  readonly steady: number;
}

export const TIMING: Timing = Object.freeze({
  backoff: { first: 250, longest: 30_000 },
  absent: { first: 5_000, longest: 60_000 },
  page: 60_000,
  watch: 300_000,
  silence: 130_000,
  steady: 5_000,
});

/** A source's need of time and chance. */
export interface Pace {
  readonly timing: Timing;
  /** In [0, 1). */
  readonly random: () => number;
}

export const PACE: Pace = Object.freeze({ timing: TIMING, random: Math.random });
