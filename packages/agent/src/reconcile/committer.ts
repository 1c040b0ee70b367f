import {
  type CompileOptions,
  Compiler,
  diffRulesets,
  isEmpty,
  type ModelObject,
  type ObjectId,
  printReplacement,
  printTransaction,
  type Ruleset,
  type Transaction,
} from '@kncompile/compiler';
import { type Extent, type Kernel, KernelError } from '../kernel/kernel.ts';
import type { Clock } from './clock.ts';
import { clearingText, predecessorOf, readFound } from './found-table.ts';
import type { StampSpace } from './stamp-space.ts';
import type { CommitReport, ReconcileStats } from './stats.ts';

/** Between attempts at a full load: doubled each time, in milliseconds. */
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 30_000;

/**
 * After so many rejections something is in the table that cannot be changed where it stands. Then it goes, in the same
 * transaction that makes it anew: there is never a moment without policy, but packets that wait in queues are lost.
 */
const PATIENCE = 2;
const NEW_TABLE = 'add table inet kncompile\ndelete table inet kncompile\n';

export interface CommitterParts {
  readonly options: CompileOptions;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly space: StampSpace;
  readonly stats: ReconcileStats;
  readonly onCommit: (report: CommitReport) => void;
}

/**
 * Events in, transactions out. Every method that commits resolves when the kernel has answered; the next may be called
 * only then. None of them fails: what the kernel does not take becomes a full load, until it takes that.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #compiler: Compiler;
  #firstEventAt: number | undefined;
  #mustLoad = false;
  #loadAt = 0;
  #backoff = FIRST_BACKOFF_MS;
  /** Full texts in a row that the kernel did not take. */
  #rejections = 0;
  /** Removes what a full load alone would leave in the table. */
  #clearing = '';
  #trusted: number | undefined;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#compiler = new Compiler(parts.options);
  }

  /** When a full load is due (clock, ms); undefined while the kernel holds what was committed. */
  get loadDue(): number | undefined {
    return this.#mustLoad ? this.#loadAt : undefined;
  }

  get hasEvents(): boolean {
    return this.#firstEventAt !== undefined;
  }

  /** The kernel's commit number that stood when the kernel held the intent, and nothing else. */
  get trusted(): number | undefined {
    return this.#trusted;
  }

  set(object: ModelObject): void {
    this.#compiler.set(object);
    this.#noteEvent();
  }

  delete(id: ObjectId): void {
    this.#compiler.delete(id);
    this.#noteEvent();
  }

  intent(): Ruleset {
    return this.#compiler.ruleset();
  }

  /** Makes the table that the kernel has (undefined: none) the predecessor, and commits the difference. */
  async begin(listing: string | undefined): Promise<void> {
    const { kernel, options, stats } = this.#parts;
    const found = readFound(listing);
    stats.start = ({ none: 'created', ours: 'adopted', unknown: 'replaced' } as const)[found.kind];
    this.#clearing = listing === undefined ? '' : clearingText(listing);
    this.#compiler.succeed(predecessorOf(found, options.markMask));
    // Whoever filled the table may have let through what this ruleset does not.
    this.#compiler.judgeAnew();
    this.#firstEventAt = undefined;
    this.#trusted = kernel.commitNumber();
    if (found.kind === 'unknown') await this.load();
    else await this.#commit('full', (transaction) => transaction);
  }

  /** Commits the events since the last commit. */
  commit(): Promise<void> {
    return this.#commit('delta', (transaction) => transaction);
  }

  /** Commits what makes the intent of what the kernel was found to hold, and judges every connection anew. */
  repair(held: Ruleset): Promise<void> {
    this.#compiler.judgeAnew();
    return this.#commit('repair', () => diffRulesets(held, this.intent()));
  }

  /** Replaces the table, now and, where that fails, again later. */
  async load(): Promise<void> {
    const { clock, stats } = this.#parts;
    const { compileMs, eventAt, transaction } = this.#compile();
    this.#mustLoad = true;
    const started = clock.now();
    await this.#admit(transaction);
    const first = this.#rejections < PATIENCE ? this.#clearing : NEW_TABLE;
    if (await this.#apply(`${first}${printReplacement(this.intent())}`, 'full')) {
      stats.fullLoads++;
      this.#mustLoad = false;
      this.#clearing = '';
      this.#backoff = FIRST_BACKOFF_MS;
      this.#rejections = 0;
      this.#report({ kind: 'full', compileMs, applyMs: clock.now() - started, eventAt });
    } else {
      stats.failedFullLoads++;
      this.#firstEventAt = eventAt ?? this.#firstEventAt;
      this.#loadAt = clock.now() + this.#backoff;
      this.#backoff = Math.min(2 * this.#backoff, LAST_BACKOFF_MS);
    }
  }

  /** Notes that the kernel held the intent, and nothing else, at this commit number. */
  trust(commitNumber: number | undefined): void {
    if (this.#mustLoad) return;
    this.#trusted = commitNumber;
    this.#inStep();
  }

  /** Replaces a table that was found to be none of ours, and judges every connection anew. */
  async replace(listing: string | undefined): Promise<void> {
    this.#compiler.judgeAnew();
    this.#clearing = listing === undefined ? '' : clearingText(listing);
    await this.load();
  }

  /** Fills chains anew with what they should hold already, so that the next listing shows how these rules are listed. */
  async rewrite(names: readonly string[]): Promise<void> {
    const { generation, chains } = this.intent();
    const own = chains.filter(({ name }) => names.includes(name));
    const text = printTransaction({
      generation,
      newSets: [],
      elements: [],
      chains: own,
      oldChains: [],
      oldSets: [],
    });
    if (!(await this.#apply(text, 'delta'))) this.#failed(undefined);
  }

  async #commit(kind: CommitReport['kind'], choose: (own: Transaction) => Transaction): Promise<void> {
    const { clock, stats } = this.#parts;
    const { compileMs, eventAt, transaction: own } = this.#compile();
    const transaction = choose(own);
    if (isEmpty(transaction)) {
      this.#inStep();
      return;
    }
    const started = clock.now();
    await this.#admit(transaction);
    if (await this.#apply(printTransaction(transaction), kind === 'delta' ? 'delta' : 'full')) {
      stats.deltas++;
      this.#clearing = '';
      this.#report({ kind, compileMs, applyMs: clock.now() - started, eventAt });
    } else {
      this.#failed(eventAt);
    }
  }

  #failed(eventAt: number | undefined): void {
    this.#parts.stats.failedDeltas++;
    // The kernel is not as it was left: who knows what it let through.
    this.#compiler.judgeAnew();
    this.#firstEventAt = eventAt ?? this.#firstEventAt;
    this.#mustLoad = true;
    this.#loadAt = this.#parts.clock.now();
  }

  #compile(): { transaction: Transaction; compileMs: number; eventAt: number | undefined } {
    const { clock } = this.#parts;
    const eventAt = this.#firstEventAt;
    this.#firstEventAt = undefined;
    const started = clock.now();
    const transaction = this.#compiler.commit();
    return { transaction, compileMs: clock.now() - started, eventAt };
  }

  async #admit({ generation }: Transaction): Promise<void> {
    const { space, stats } = this.#parts;
    if (generation === stats.generation) return;
    await space.beforeMove();
    stats.generation = generation;
    space.moved();
  }

  async #apply(text: string, extent: Extent): Promise<boolean> {
    const { kernel, stats } = this.#parts;
    const before = kernel.commitNumber();
    try {
      await kernel.apply(text, extent);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      stats.lastError = error.message;
      stats.inStep = false;
      if (extent === 'full' && error.code === 'rejected') this.#rejections++;
      return false;
    }
    const after = kernel.commitNumber();
    const isAlone = before !== undefined && before === this.#trusted && after === before + 1;
    this.#trusted = isAlone ? after : undefined;
    return true;
  }

  #report({
    eventAt,
    ...times
  }: Omit<CommitReport, 'eventToCommitMs'> & { readonly eventAt: number | undefined }): void {
    const { clock, stats, onCommit } = this.#parts;
    const eventToCommitMs = eventAt === undefined ? undefined : clock.now() - eventAt;
    stats.commits++;
    stats.lastCommitMs = times.applyMs;
    stats.lastEventToCommitMs = eventToCommitMs ?? stats.lastEventToCommitMs;
    this.#inStep();
    onCommit({ ...times, eventToCommitMs });
  }

  #inStep(): void {
    const { clock, stats } = this.#parts;
    stats.inStep = true;
    stats.lastInStepAt = clock.now();
    stats.lastError = undefined;
  }

  #noteEvent(): void {
    this.#parts.stats.events++;
    this.#firstEventAt ??= this.#parts.clock.now();
  }
}
