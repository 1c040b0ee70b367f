import {
  type Address,
  type CompileOptions,
  Compiler,
  type ConnectionAttempt,
  diffRulesets,
  type FreshName,
  isEmpty,
  type JudgeDelta,
  type JudgedAttempt,
  type JudgeView,
  type ModelObject,
  type ObjectId,
  printReplacement,
  printTransaction,
  type Ruleset,
  type Stats,
  type Transaction,
} from '@kncompile/compiler';
import { type Change, type Extent, type Kernel, textChange, transactionChange } from '../kernel/kernel.ts';
import type { Clock } from './clock.ts';
import { clearingText, predecessorOf, readFound } from './found-table.ts';
import { Learner } from './learner.ts';
import { LoadRetry } from './load-retry.ts';
import { NameLearner, type ToldName } from './name-learner.ts';
import type { StampSpace } from './stamp-space.ts';
import type { CommitReport, ReconcileStats } from './stats.ts';
import { WatchedKernel } from './watched-kernel.ts';

/**
 * For a table that cannot be changed where it stands. It goes in the same transaction that makes it anew, so there is
 * never a moment without policy; but packets that wait in queues are lost.
 */
const NEW_TABLE = 'add table inet kncompile\ndelete table inet kncompile\n';

export interface CommitterParts {
  readonly options: CompileOptions;
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly space: StampSpace;
  readonly stats: ReconcileStats;
  readonly onCommit: (report: CommitReport) => void;
}

/** The compiler's answer to the events so far. */
interface Compiled {
  readonly transaction: Transaction;
  readonly compileMs: number;
  /** When the first of the events came (clock, ms). */
  readonly eventAt: number | undefined;
}

/**
 * Events in, transactions out. Every method that commits resolves when the kernel has answered; the next may be called
 * only then. None of them fails: what the kernel does not take becomes a full load, until it takes that.
 */
export class Committer {
  readonly #parts: CommitterParts;
  readonly #compiler: Compiler;
  readonly #kernel: WatchedKernel;
  readonly #retry = new LoadRetry();
  readonly #learner: Learner;
  readonly #names: NameLearner;
  #view: JudgeView | undefined;
  #onJudgeable: (delta: JudgeDelta) => void = () => {};
  #firstEventAt: number | undefined;
  /** Removes what a full load alone would leave in the table. */
  #clearing = '';

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#compiler = new Compiler(parts.options);
    this.#kernel = new WatchedKernel(parts.kernel);
    const { clock, stats } = parts;
    this.#learner = new Learner({ compiler: this.#compiler, kernel: this.#kernel, clock, stats });
    this.#names = new NameLearner({ compiler: this.#compiler, kernel: this.#kernel, clock, stats });
  }

  /** When a full load is due (clock, ms); undefined while the kernel holds what was committed. */
  get loadDue(): number | undefined {
    return this.#retry.due;
  }

  get hasEvents(): boolean {
    return this.#firstEventAt !== undefined;
  }

  get hasLearned(): boolean {
    return this.#learner.hasPending || this.#names.hasPending;
  }

  /** Whether nobody but us can have changed the kernel since it held the intent, and nothing else. */
  get isKernelOurs(): boolean {
    return this.#kernel.isOnlyOurs;
  }

  set(object: ModelObject): void {
    this.#compiler.set(object);
    this.#noteEvent();
  }

  delete(id: ObjectId): void {
    this.#compiler.delete(id);
    this.#noteEvent();
  }

  useIpvs(ipvs: boolean): void {
    this.#compiler.useIpvs(ipvs);
    this.#noteEvent();
  }

  intent(): Ruleset {
    return this.#compiler.ruleset();
  }

  judge(attempt: ConnectionAttempt): JudgedAttempt {
    return this.#compiler.judge(attempt);
  }

  size(): Stats {
    return this.#compiler.stats();
  }

  /** Makes the table that the kernel has (undefined: none) the predecessor, and commits the difference. */
  async begin(listing: string | undefined): Promise<void> {
    const { kernel, options, stats } = this.#parts;
    const found = readFound(listing);
    stats.start = ({ none: 'created', ours: 'adopted', unknown: 'replaced' } as const)[found.kind];
    this.#clearing = listing === undefined ? '' : clearingText(listing);
    const predecessor = predecessorOf(found, options.markMask);
    this.#names.adopt(predecessor);
    this.#compiler.succeed(predecessor);
    // Whoever filled the table may have let through what this ruleset does not.
    this.#compiler.judgeAnew();
    this.#firstEventAt = undefined;
    this.#kernel.trust(kernel.commitNumber());
    if (found.kind === 'unknown') await this.load();
    else await this.#change('delta', 'full', this.#compile());
  }

  /** Commits the events since the last commit, and what is to be learned. */
  async commit(): Promise<void> {
    const names = this.#names.take();
    if (this.hasEvents || names.waiting.length > 0) await this.#change('delta', 'delta', this.#compile());
    if (this.loadDue !== undefined) {
      this.#names.refuse(names);
      return;
    }
    if (this.#learner.hasPending) await this.#learner.commit();
    await this.#names.commit(names);
  }

  /** Commits what makes the intent of what the kernel was found to hold, and judges every connection anew. */
  repair(held: Ruleset): Promise<void> {
    this.#compiler.judgeAnew();
    const compiled = this.#compile();
    const transaction = diffRulesets(held, this.intent());
    return this.#change('repair', 'full', { ...compiled, transaction });
  }

  /** Replaces a table that was found to be none of ours, and judges every connection anew. */
  replace(listing: string | undefined): Promise<void> {
    this.#compiler.judgeAnew();
    this.#clearing = listing === undefined ? '' : clearingText(listing);
    return this.load();
  }

  /** Replaces the table, now and, where that fails, again later. */
  async load(): Promise<void> {
    const { clock, space, stats } = this.#parts;
    const compiled = this.#compile();
    this.#retry.need(clock.now());
    await space.admit(compiled.transaction.generation);
    const started = clock.now();
    const first = this.#retry.needsNewTable ? NEW_TABLE : this.#clearing;
    if (await this.#apply(textChange(`${first}${printReplacement(this.intent())}`, 'full'))) {
      stats.fullLoads++;
      this.#learner.clear();
      this.#retry.done();
      this.#report('full', compiled, started);
      await this.#names.restore();
    } else {
      stats.failedFullLoads++;
      this.#firstEventAt = compiled.eventAt ?? this.#firstEventAt;
      this.#retry.failed(clock.now());
    }
  }

  /** Fills chains anew with what they should hold already, so that the next listing shows how these rules are listed. */
  async rewrite(names: readonly string[]): Promise<void> {
    const { generation, chains } = this.intent();
    const own = chains.filter(({ name }) => names.includes(name));
    const nothing = { generation, newSets: [], elements: [], oldChains: [], emptiedChains: [], oldSets: [] };
    const change = transactionChange({ ...nothing, chains: own }, 'delta');
    if (!(await this.#apply(change))) this.#failed(undefined);
  }

  /** From now on tells what commits change for judges, after each that the kernel took. */
  follow(onCommit: (delta: JudgeDelta) => void): JudgeView {
    this.#onJudgeable = onCommit;
    this.#view = this.#compiler.judgeView();
    return this.#view;
  }

  /** Has the kernel learn with the next commit what a pod was told (NameLearner). */
  learnName(told: ToldName): Promise<readonly FreshName[]> {
    return this.#names.add(told);
  }

  /** See JudgeSource. */
  freshNames(): readonly FreshName[] {
    return this.#names.fresh();
  }

  /** Nothing is committed any more. */
  stop(): void {
    this.#names.refuse(this.#names.take());
  }

  /** Has the kernel learn with the next commit that these addresses are nobody's. */
  learn(addresses: readonly Address[]): void {
    this.#learner.add(addresses);
  }

  /** Notes that the kernel held the intent, and nothing else, at this commit number. */
  trust(commitNumber: number | undefined): void {
    if (this.#retry.due !== undefined) return;
    this.#kernel.trust(commitNumber);
    this.#inStep();
  }

  async #change(kind: CommitReport['kind'], extent: Extent, compiled: Compiled): Promise<void> {
    const { clock, space, stats } = this.#parts;
    if (isEmpty(compiled.transaction)) {
      this.#inStep();
      this.#tellJudge();
      return;
    }
    await space.admit(compiled.transaction.generation);
    const started = clock.now();
    if (await this.#apply(this.#withForgetting(compiled.transaction, extent))) {
      stats.deltas++;
      this.#report(kind, compiled, started);
    } else this.#failed(compiled.eventAt);
  }

  /** The transaction, and what has the kernel forget the learned addresses that it makes somebody's. */
  #withForgetting(transaction: Transaction, extent: Extent): Change {
    const forgetting = this.#learner.forgettingText(transaction);
    return forgetting === ''
      ? transactionChange(transaction, extent)
      : textChange(printTransaction(transaction) + forgetting, extent);
  }

  #failed(eventAt: number | undefined): void {
    this.#parts.stats.failedDeltas++;
    // The kernel is not as it was left: who knows what it let through.
    this.#compiler.judgeAnew();
    this.#firstEventAt = eventAt ?? this.#firstEventAt;
    this.#retry.need(this.#parts.clock.now());
  }

  #compile(): Compiled {
    const { clock } = this.#parts;
    const eventAt = this.#firstEventAt;
    this.#firstEventAt = undefined;
    const started = clock.now();
    const transaction = this.#compiler.commit();
    return { transaction, compileMs: clock.now() - started, eventAt };
  }

  async #apply(change: Change): Promise<boolean> {
    const { stats } = this.#parts;
    const error = await this.#kernel.apply(change);
    if (!error) return true;
    stats.lastError = error.message;
    stats.inStep = false;
    if (change.extent === 'full' && error.code === 'rejected') this.#retry.noteRejection();
    return false;
  }

  #report(kind: CommitReport['kind'], compiled: Compiled, started: number): void {
    const { clock, space, stats, onCommit } = this.#parts;
    const { compileMs, eventAt, transaction } = compiled;
    stats.generation = transaction.generation;
    space.entered(transaction.generation);
    const applyMs = clock.now() - started;
    const eventToCommitMs = eventAt === undefined ? undefined : clock.now() - eventAt;
    this.#clearing = '';
    stats.commits++;
    stats.lastCommitMs = applyMs;
    stats.lastEventToCommitMs = eventToCommitMs ?? stats.lastEventToCommitMs;
    this.#inStep();
    this.#tellJudge();
    onCommit({ kind, compileMs, applyMs, eventToCommitMs });
  }

  #tellJudge(): void {
    const delta = this.#view?.takeDelta();
    if (delta) this.#onJudgeable(delta);
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
