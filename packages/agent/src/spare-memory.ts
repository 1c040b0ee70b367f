import type { Clock } from './reconcile/clock.ts';
import type { Logger } from './report/logger.ts';

/** After the first lists come events, which need little: their memory is given back when all is calm, milliseconds. */
const CALM_MS = 5_000;
/** And, where it has grown this much since, that of what is large and rare, as a comparison with the kernel. */
const LOOK_EVERY_MS = 60_000;
const GROWN = 1.3;

/**
 * Gives memory back that is no longer needed, where node runs with --expose-gc, as in the image: V8 by itself keeps it for
 * the next time. That takes about 3 ms per megabyte of live objects, in which nothing else happens. Returns what ends it.
 */
export function spareMemory(clock: Clock, log: Pick<Logger, 'debug'>): () => void {
  let cancel = (): void => undefined;
  const later = (milliseconds: number, enough: number): void => {
    cancel = clock.after(milliseconds, () => {
      const before = process.memoryUsage.rss();
      if (before < enough) {
        later(LOOK_EVERY_MS, enough);
        return;
      }
      globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      const after = process.memoryUsage.rss();
      log.debug({ before, after }, 'memory is given back');
      later(LOOK_EVERY_MS, GROWN * after);
    });
  };
  if (globalThis.gc) later(CALM_MS, 0);
  return () => cancel();
}
