import type { Clock } from '../reconcile/clock.ts';
import type { Logger } from '../report/logger.ts';
import { detect, type KnownFacts } from './detect.ts';
import type { Finding } from './finding.ts';
import { hasIpvs } from './ipvs.ts';
import type { NodeFiles } from './node-files.ts';

/**
 * What is cheap to see: IPVS comes with kube-proxy, perhaps after us, and its traffic is not judged until we know; and who
 * writes our mark bits may open what is closed.
 */
const NEWS_EVERY_MS = 1_000;
const LOOK_EVERY_MS = 60_000;

export interface NodeWatchParts {
  readonly files: NodeFiles;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
  /** What the agent knows by itself. */
  readonly facts: () => Omit<KnownFacts, 'flowtables' | 'judgesIpvs'>;
  readonly listFlowtables: () => Promise<string | undefined>;
  /** Whether the kernel takes what the ruleset needs for IPVS. */
  readonly canJudgeIpvs: () => Promise<boolean>;
  /** IPVS is there, and can be judged, or is gone. */
  readonly onIpvs: (ipvs: boolean) => void;
}

/** Looks at the node at once and every minute, for news of IPVS and of marks every second; logs what is found and what is gone. */
export class NodeWatch {
  readonly #parts: NodeWatchParts;
  #findings: readonly Finding[] = [];
  #judgesIpvs = false;
  /** Those of the last look. */
  #markWriters: readonly string[] = [];
  #cancelLook: () => void = () => undefined;
  #cancelNews: () => void = () => undefined;
  #working: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: NodeWatchParts) {
    this.#parts = parts;
  }

  /** As of the last look. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.#look();
    this.#lookLater();
    this.#watchNews();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelLook();
    this.#cancelNews();
    await this.#working;
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#cancelLook = this.#parts.clock.after(LOOK_EVERY_MS, () => {
      void this.#look().then(() => this.#lookLater());
    });
  }

  #watchNews(): void {
    if (this.#isStopped) return;
    this.#cancelNews = this.#parts.clock.after(NEWS_EVERY_MS, () => {
      void (this.#isNews() ? this.#look() : Promise.resolve()).then(() => this.#watchNews());
    });
  }

  #isNews(): boolean {
    const { files, facts } = this.#parts;
    const ofIpvs = hasIpvs(files) !== this.#judgesIpvs && !this.#isUnjudged();
    return ofIpvs || String(facts().markWriters) !== String(this.#markWriters);
  }

  /** That it cannot be judged has been found out, and is tried again with the next whole look. */
  #isUnjudged(): boolean {
    return this.#findings.some(({ code }) => code === 'ipvs-not-judged');
  }

  #look(): Promise<void> {
    this.#working ??= this.#lookAll()
      // To look at the node is not what the agent is for: it goes on without.
      .catch((error) => this.#parts.log.error(`the node could not be looked at: ${error}`))
      .finally(() => {
        this.#working = undefined;
      });
    return this.#working;
  }

  async #lookAll(): Promise<void> {
    const { files, facts, listFlowtables } = this.#parts;
    await this.#settleIpvs();
    const flowtables = await listFlowtables();
    if (this.#isStopped) return;
    const known = facts();
    this.#markWriters = known.markWriters;
    this.#report(detect(files, { ...known, flowtables, judgesIpvs: this.#judgesIpvs }));
  }

  async #settleIpvs(): Promise<void> {
    const { files, canJudgeIpvs, onIpvs } = this.#parts;
    const ipvs = hasIpvs(files);
    if (ipvs === this.#judgesIpvs || (ipvs && !(await canJudgeIpvs())) || this.#isStopped) return;
    this.#judgesIpvs = ipvs;
    onIpvs(ipvs);
  }

  #report(findings: readonly Finding[]): void {
    const { log } = this.#parts;
    const before = new Set(this.#findings.map(({ message }) => message));
    const after = new Set(findings.map(({ message }) => message));
    for (const { code, effect, message, fix } of findings)
      if (!before.has(message)) log.warn({ code, effect, fix }, message);
    for (const { code, message } of this.#findings)
      if (!after.has(message)) log.info({ code }, `no longer so: ${message}`);
    this.#findings = findings;
  }
}
