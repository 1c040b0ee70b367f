const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** A worker that ran this long, milliseconds, starts the back-off anew when it ends. */
export const HEALTHY_MS = 10_000;

/**
 * Milliseconds to wait before a restart after `failures` (1 …) in a row: 100 doubling to 10,000, of which a random part up
 * to half is left off, so that the workers of a node do not restart in step. `random` is in [0, 1).
 */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
  return full * (1 - random / 2);
}
