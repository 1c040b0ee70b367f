import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The pause before the next try: doubled after each failure, and shortened by up to half at random, so that the nodes
 * of a cluster do not return to a server in step.
 * @param failures in a row, from 1
 */
export function pauseAfter(
  failures: number,
  { first, longest }: { readonly first: number; readonly longest: number },
  random: () => number,
): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return full * (1 - random() / 2);
}

/** Waits, or less long when the signal aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
