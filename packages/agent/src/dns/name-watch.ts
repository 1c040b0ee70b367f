import { domainHolds } from '@kncompile/compiler/judge';
import type { Packet } from '@kncompile/nfq-ffi';
import { ANSWER_FATES, type AnswerFate, DnsWatch, type Told } from './dns-watch.ts';

/** Answers that the agent has not carried out yet, at once; more pass, and teach nothing. */
const MOST_WAITING = 256;
/** Packets that wait for them, or behind them; more pass. */
const MOST_HELD = 2 * MOST_WAITING;

/** Of names in one message to the agent, whose 32 KiB hold more than that. One answer takes 11 KiB at most. */
const MOST_OCTETS = 12 * 1024;
/** What an answer takes besides its name and addresses. */
const ANSWER_OCTETS = 160;
const TCP = 6;

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
  /** Packets over UDP and conversations over TCP that wait. */
  readonly #held = new Map<string, Waiting>();
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
    const ends = endsOf(packet);
    const key = keyOf(packet, ends);
    const waiting = this.#held.get(key);
    if (waiting) {
      if (waiting.last > this.#done) return 'hold';
      this.#release(key, waiting, 'learned');
      // Over TCP it may be the packet behind the one that told something.
      if (packet.protocol !== TCP) return 'accept';
    }
    const told = this.#wantedIn(packet);
    if (told.length === 0) return this.#behind(key, ends);
    if (this.#numbered - this.#done + told.length > MOST_WAITING) {
      this.#note('refused', told.length);
      return 'accept';
    }
    this.#told.push(...told);
    this.#numbered += told.length;
    this.#forgetDone();
    this.#held.set(key, { ends, last: this.#numbered, count: told.length });
    return 'hold';
  }

  /** Of a packet that tells nothing: it must not overtake the answer before it, which the pod would take it for. */
  #behind(key: string, ends: string): 'accept' | 'hold' {
    const before = [...this.#held.values()].find((each) => each.ends === ends && each.last > this.#done);
    this.#forgetDone();
    if (!before || this.#held.size >= MOST_HELD) return 'accept';
    this.#held.set(key, { ends, last: before.last, count: 0 });
    return 'hold';
  }

  /** The agent has not answered in time, and the packet passes. */
  expired(packet: Packet): void {
    const key = keyOf(packet, endsOf(packet));
    const waiting = this.#held.get(key);
    if (waiting) this.#release(key, waiting, 'refused');
    else this.#note('refused', this.#wantedIn(packet).length);
  }

  /** The agent has carried out what this worker told, up to a number. */
  done(worker: number, upTo: number): void {
    if (worker === this.#worker) this.#done = Math.max(this.#done, upTo);
  }

  /** What there is to tell, as much as fits; to be confirmed by `sent`. */
  report(): NamesReport {
    let octets = 0;
    let count = 0;
    for (const { name, addresses } of this.#told) {
      octets += ANSWER_OCTETS + name.length + addresses.byteLength;
      if (octets > MOST_OCTETS) break;
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

  #wantedIn(packet: Packet): Told[] {
    return this.#watch.answered(packet).filter(({ name }) => {
      const isWanted = this.#domains.some((domain) => domainHolds(domain, name));
      if (!isWanted) this.#note('empty');
      return isWanted;
    });
  }

  #release(key: string, { count }: Waiting, fate: AnswerFate): void {
    this.#held.delete(key);
    this.#note(fate, count);
  }

  /** A packet that could not be held, because too many were, never comes again. */
  #forgetDone(): void {
    if (this.#held.size < MOST_WAITING) return;
    for (const [key, waiting] of this.#held)
      if (waiting.last <= this.#done) this.#release(key, waiting, 'refused');
  }

  #note(fate: AnswerFate, count = 1): void {
    const at = ANSWER_FATES.indexOf(fate);
    this.#fates[at] = (this.#fates[at] as number) + count;
  }
}

interface Waiting {
  readonly ends: string;
  /** The number of the last of its answers. */
  readonly last: number;
  readonly count: number;
}

function endsOf({ source, destination, protocol, sourcePort, destinationPort }: Packet): string {
  return `${source.join()} ${destination.join()} ${protocol} ${sourcePort} ${destinationPort}`;
}

/**
 * Equal for the same packet only over UDP: the beginning of the message tells answers apart. Over TCP for all packets of
 * the conversation: the resolver sends again, cut otherwise, what it thinks lost, and that must not pass what is held.
 */
function keyOf({ protocol, bytes, payloadAt, payloadEnd }: Packet, ends: string): string {
  if (protocol === TCP) return ends;
  const start = bytes.subarray(payloadAt, Math.min(payloadEnd, payloadAt + 12)).join('.');
  return `${ends} ${payloadEnd - payloadAt} ${start}`;
}
