import type { Tell } from '@kncompile/nfq-ffi';
import type { NameWatch } from '../dns/name-watch.ts';
import type { Gaps } from './judgement.ts';
import { KeyList } from './key-list.ts';
import type { Report } from './messages.ts';
import { COUNTS } from './verdict-reasons.ts';
import { WordTable } from './word-table.ts';

/** So that the largest report stays far below the 32 KiB of a message. */
const MOST_QUESTIONS = 1024;
const MOST_UNKNOWN = 256;
const MOST_REASONS = 512;

/** Counts alone are told this often, milliseconds. */
const COUNTS_EVERY = 500;

/** What a worker has to tell the agent: gathered without allocating, told after each turn. */
export class Outbox implements Pick<Gaps, 'row'> {
  readonly #now: () => number;
  readonly #questions = new KeyList(2, MOST_QUESTIONS);
  /** Pairs that were asked for, and not answered yet. */
  readonly #asked = new WordTable(2);
  readonly #unknown = { 4: new KeyList(1, MOST_UNKNOWN), 6: new KeyList(4, MOST_UNKNOWN) };
  readonly #counts = new Int32Array(COUNTS);
  readonly #denied = new Map<number, number>();
  #counted = 0;
  #countsAt = 0;
  #refused = 0;

  readonly #names: NameWatch;

  /** `now` in milliseconds. */
  constructor(now: () => number, names: NameWatch) {
    this.#now = now;
    this.#names = names;
  }

  row(side: number, profile: number): void {
    PAIR[0] = side;
    PAIR[1] = profile;
    if (this.#asked.get(PAIR) !== 0 || !this.#questions.add(PAIR)) return;
    this.#asked.set(PAIR, 0, 1);
  }

  /** A row has come: where it is missed again, it may be asked for again. */
  answered(side: number, profile: number): void {
    PAIR[0] = side;
    PAIR[1] = profile;
    this.#asked.set(PAIR, 0, 0);
  }

  unknown(family: 4 | 6, address: Int32Array): void {
    this.#unknown[family].add(address);
  }

  /** Counts an unknown address that is not to be learned. */
  refuse(): void {
    this.#refused++;
  }

  /** Counts a packet; `at` as in COUNTS. */
  count(at: number, reasonId: number): void {
    this.#counted++;
    this.#counts[at] = (this.#counts[at] as number) + 1;
    if (reasonId === 0) return;
    const before = this.#denied.get(reasonId);
    const id = before === undefined && this.#denied.size >= MOST_REASONS ? 0 : reasonId;
    this.#denied.set(id, (this.#denied.get(id) ?? 0) + 1);
  }

  /** Numbers may have gone, and questions about them stay without answer: whoever still waits asks anew. */
  askAnew(): void {
    this.#asked.clear();
    this.#questions.clear();
  }

  /** Tells what there is; what the agent does not take now stays for the next turn. */
  send(tell: Tell): void {
    const isUrgent =
      this.#names.hasNews || this.#questions.length + this.#unknown[4].length + this.#unknown[6].length > 0;
    if (!isUrgent && (this.#counted === 0 || this.#now() < this.#countsAt + COUNTS_EVERY)) return;
    const report = this.#report();
    if (!tell(report)) return;
    this.#names.sent(report.names);
    this.#questions.clear();
    this.#unknown[4].clear();
    this.#unknown[6].clear();
    this.#counts.fill(0);
    this.#refused = 0;
    this.#denied.clear();
    this.#counted = 0;
    this.#countsAt = this.#now();
  }

  #report(): Report {
    return {
      questions: this.#questions.words(),
      unknown: { 4: this.#unknown[4].words(), 6: this.#unknown[6].words() },
      refused: this.#refused,
      counts: this.#counts.slice(),
      denied: Int32Array.from([...this.#denied].flat()),
      names: this.#names.report(),
    };
  }
}

const PAIR = new Int32Array(2);
