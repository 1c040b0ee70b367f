/** Time as the reconciler sees it: tests bring their own. */
export interface Clock {
  /** Milliseconds of a clock that only goes forward, whatever happens to the time of day. */
  now(): number;
  /** Runs something once after so many milliseconds; 0 is the next turn of the event loop. Returns what cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = Object.freeze({
  now: () => performance.now(),
  after: (ms: number, run: () => void) => {
    // A timer of 0 ms takes 1 ms.
    if (ms <= 0) {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
});
