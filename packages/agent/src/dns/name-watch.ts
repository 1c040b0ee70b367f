import { domainHolds } from '@kncompile/compiler/judge';
import type { Packet } from '@kncompile/nfq-ffi';
import { ANSWER_FATES, type AnswerFate, DnsWatch, type Told } from './dns-watch.ts';

/** Answers that wait for the agent at once; more pass, and teach nothing. */
const MOST_WAITING = 256;

/** Words of addresses in one message to the agent: far below its 32 KiB. */
const MOST_WORDS = 4096;

/** What a worker tells the agent of names. */
export interface NamesReport {
  /** Tells this worker from others, and from those before it. */
  readonly worker: number;
  readonly told: readonly Told[];
  /** The number of the last in `told`, counted from the worker's start. */
  readonly upTo: number;
  /** Answers since the last report, in the order of ANSWER_FATES. */
  readonly fates: Int32Array;
}

/**
 * What a worker does with the DNS messages of pods that have rules about names: an answer that names an address waits until
 * the agent has told the kernel, so that the pod's first connection meets a kernel that knows (S37).
 */
export class NameWatch {
  readonly #watch: DnsWatch;
  readonly #worker = Math.floor(Math.random() * 2 ** 31);
  readonly #fates = new Int32Array(ANSWER_FATES.length);
  /** Held packets and the numbers of the answers in them. */
  readonly #held = new Map<string, number>();
  #domains: readonly string[] = [];
  #told: Told[] = [];
  /** How many answers have been given a number; told; and carried out. */
  #numbered = 0;
  #upTo = 0;
  #done = 0;

  /** `now` in milliseconds, never going back. */
  constructor(now: () => number) {
    this.#watch = new DnsWatch(now, (fate) => this.#note(fate));
  }

  /** The names that policies ask for. */
  set domains(domains: readonly string[]) {
    this.#domains = domains;
  }

  get hasNews(): boolean {
    return this.#told.length > 0;
  }

  asked(packet: Packet): void {
    this.#watch.asked(packet);
  }

  /** `hold` while the agent has not carried out what the packet tells. */
  answered(packet: Packet): 'accept' | 'hold' {
    const key = keyOf(packet);
    const waiting = this.#held.get(key);
    if (waiting !== undefined) {
      if (waiting > this.#done) return 'hold';
      this.#held.delete(key);
      return 'accept';
    }
    const told = this.#watch.answered(packet).filter((each) => this.#isWanted(each));
    if (told.length === 0) return 'accept';
    if (this.#held.size >= MOST_WAITING) {
      for (const _ of told) this.#note('refused');
      return 'accept';
    }
    this.#told.push(...told);
    this.#numbered += told.length;
    this.#held.set(key, this.#numbered);
    return 'hold';
  }

  /** The agent has not answered in time. */
  expired(packet: Packet): void {
    if (this.#held.delete(keyOf(packet))) this.#note('refused');
  }

  /** The agent has carried out what this worker told, up to a number. */
  done(worker: number, upTo: number): void {
    if (worker === this.#worker) this.#done = Math.max(this.#done, upTo);
  }

  /** What there is to tell, as much as fits; to be confirmed by `sent`. */
  report(): NamesReport {
    let words = 0;
    let count = 0;
    for (const { addresses } of this.#told) {
      words += addresses.length;
      if (count > 0 && words > MOST_WORDS) break;
      count++;
    }
    const told = this.#told.slice(0, count);
    return { worker: this.#worker, told, upTo: this.#upTo + count, fates: this.#fates.slice() };
  }

  sent({ told, upTo }: NamesReport): void {
    this.#told = this.#told.slice(told.length);
    this.#upTo = upTo;
    this.#fates.fill(0);
  }

  #isWanted({ name }: Told): boolean {
    const isWanted = this.#domains.some((domain) => domainHolds(domain, name));
    this.#note(isWanted ? 'learned' : 'empty');
    return isWanted;
  }

  #note(fate: AnswerFate): void {
    const at = ANSWER_FATES.indexOf(fate);
    this.#fates[at] = (this.#fates[at] as number) + 1;
  }
}

/** Equal for the same packet only: the beginning of the message tells answers of one conversation apart. */
function keyOf(packet: Packet): string {
  const {
    source,
    destination,
    protocol,
    sourcePort,
    destinationPort,
    sequence,
    bytes,
    payloadAt,
    payloadEnd,
  } = packet;
  const start = bytes.subarray(payloadAt, Math.min(payloadEnd, payloadAt + 12)).join('.');
  return `${source.join()} ${destination.join()} ${protocol} ${sourcePort} ${destinationPort} ${sequence} ${payloadEnd - payloadAt} ${start}`;
}
