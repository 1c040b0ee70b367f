import type { Clock } from '../reconcile/clock.ts';
import type { ReconcileStats } from '../reconcile/stats.ts';
import type { Logger } from './logger.ts';
import type { AgentView } from './view.ts';

const LOOK_EVERY_MS = 1_000;

type Watched = Pick<ReconcileStats, 'lastError' | 'drifts' | 'start' | 'unsafeWraps'> & {
  readonly ready: boolean;
};

const AT_FIRST: Watched = {
  lastError: undefined,
  drifts: 0,
  start: 'unknown',
  unsafeWraps: 0,
  ready: false,
};

/** Logs what has changed about the agent and its kernel: once a second, and whenever it is asked to look. */
export class Changes {
  readonly #view: AgentView;
  readonly #log: Logger;
  readonly #clock: Clock;
  #before = AT_FIRST;
  #cancel: () => void = () => undefined;

  constructor(view: AgentView, log: Logger, clock: Clock) {
    this.#view = view;
    this.#log = log;
    this.#clock = clock;
  }

  start(): void {
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  /** Compares with the last look. */
  look(): void {
    const reconciler = this.#view.enforcement()?.reconciler;
    if (!reconciler) return;
    const { lastError, drifts, start, unsafeWraps, generation } = reconciler.stats;
    const ready = this.#view.isReady();
    const now: Watched = { lastError, drifts, start, unsafeWraps, ready };
    const before = this.#before;
    this.#before = now;
    const log = this.#log;
    if (now.ready !== before.ready) {
      if (now.ready)
        log.info({ ...reconciler.size(), generation, table: start }, 'ready: the kernel holds the intent');
      else log.warn('not ready: the kernel does not hold the intent');
    }
    if (now.lastError !== before.lastError && now.lastError !== undefined)
      log.error({ nft: now.lastError }, 'the kernel does not do what it is asked to; trying again');
    if (now.drifts > before.drifts)
      log.warn({ drifts: now.drifts }, 'another program changed our table; it is repaired');
    if (now.unsafeWraps > before.unsafeWraps)
      log.warn(
        'generation numbers come again while old connections may bear them: conntrack does not answer',
      );
  }
}
