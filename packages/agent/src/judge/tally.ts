import type { Reason } from '@kncompile/compiler';
import type { WorkerEvent, WorkerReport } from '@kncompile/nfq-ffi';
import { ANSWER_FATES, type AnswerCounts } from '../dns/dns-watch.ts';
import type { JudgeStats } from './judge-service.ts';
import type { Report } from './messages.ts';
import { COUNTS, namedCounts } from './verdict-reasons.ts';

/** Names of policies in the counts of denials; the rest goes under OTHERS. */
export const MOST_POLICIES = 1000;
export const OTHERS = 'other';

/** Reasons whose policy is remembered: those of rows that were handed out last. */
const MOST_REASONS = 20_000;

/** What a report of nfq-ffi adds to the sums. */
const SUMS = ['held', 'expired', 'holdsRefused', 'sourceHoldsRefused', 'judgeErrors'] as const;
type Sums = Record<(typeof SUMS)[number] | 'unjudgeable', number>;

/** Adds up what all workers tell, also those that are gone. */
export class Tally {
  readonly #counts = new Float64Array(COUNTS);
  readonly #dnsAnswers = new Float64Array(ANSWER_FATES.length);
  readonly #policies = new Map<number, string>();
  readonly #denied = new Map<string, number>();
  /** Last reports by queue. */
  readonly #reports = new Map<number, WorkerReport>();
  /** Sums of the workers that are gone. */
  readonly #past: Sums = {
    held: 0,
    expired: 0,
    holdsRefused: 0,
    sourceHoldsRefused: 0,
    judgeErrors: 0,
    unjudgeable: 0,
  };
  readonly #ready = new Set<number>();
  #questions = 0;
  #unknown = 0;
  #refused = 0;
  #restarts = 0;

  noteWorker(report: WorkerReport): void {
    const before = this.#reports.get(report.queue);
    if (before && before.pid !== report.pid) addTo(this.#past, before);
    this.#reports.set(report.queue, report);
  }

  noteJudge({ counts, denied, questions, unknown, refused, names }: Report): void {
    addCounts(this.#counts, counts);
    addCounts(this.#dnsAnswers, names.fates);
    for (let at = 0; at < denied.length; at += 2)
      this.#deny(this.#policies.get(denied[at] as number) ?? OTHERS, denied[at + 1] as number);
    this.#questions += questions.length / 2;
    this.#unknown += unknown[4].length + unknown[6].length / 4 + refused;
    this.#refused += refused;
  }

  noteReasons(reasons: readonly Reason[]): void {
    for (const { id, policy } of reasons) {
      if (!policy) continue;
      const { kind, namespace, name } = policy;
      this.#policies.delete(id);
      this.#policies.set(id, `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`);
      if (this.#policies.size <= MOST_REASONS) continue;
      const [oldest] = this.#policies.keys();
      this.#policies.delete(oldest as number);
    }
  }

  noteEvent({ kind, queue }: WorkerEvent): void {
    if (kind === 'ready') this.#ready.add(queue);
    else {
      this.#ready.delete(queue);
      this.#restarts++;
    }
  }

  stats(): JudgeStats {
    const sums = { ...this.#past };
    let holding = 0;
    for (const report of this.#reports.values()) {
      addTo(sums, report);
      if (this.#ready.has(report.queue)) holding += report.holding;
    }
    return {
      verdicts: namedCounts(this.#counts),
      denied: new Map(this.#denied),
      dnsAnswers: namedFates(this.#dnsAnswers),
      holding,
      held: sums.held,
      expired: sums.expired,
      holdsRefused: sums.holdsRefused + sums.sourceHoldsRefused,
      unjudgeable: sums.unjudgeable,
      judgeErrors: sums.judgeErrors,
      questions: this.#questions,
      unknownAddresses: this.#unknown,
      unknownRefused: this.#refused,
      restarts: this.#restarts,
      ready: this.#ready.size,
    };
  }

  #deny(policy: string, count: number): void {
    const name = this.#denied.has(policy) || this.#denied.size < MOST_POLICIES ? policy : OTHERS;
    this.#denied.set(name, (this.#denied.get(name) ?? 0) + count);
  }
}

function addCounts(sums: Float64Array, counts: Int32Array): void {
  for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] as number) + (counts[at] ?? 0);
}

function namedFates(counts: Float64Array): AnswerCounts {
  return Object.fromEntries(ANSWER_FATES.map((fate, at) => [fate, counts[at] ?? 0])) as AnswerCounts;
}

function addTo(sums: Sums, { counters }: WorkerReport): void {
  for (const name of SUMS) sums[name] += counters[name];
  for (const count of Object.values(counters.unjudgeable)) sums.unjudgeable += count;
}
