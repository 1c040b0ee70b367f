/** Messages over TCP have their length in front, two octets (RFC 1035, 4.2.2). */
const PREFIX = 2;
/** Segments, and octets of them, that may wait for what lies before them; beyond it the stream is given up. */
const MOST_EARLY = 64;
const MOST_WAITING = 128 * 1024;
/** Sequence numbers go round at 2^32. */
const HALF = 0x8000_0000;

/**
 * One direction of a TCP connection that carries DNS: segments in, whole messages out. What came first at a place counts:
 * a segment that says the same octets again, or others, changes nothing.
 */
export class DnsStream {
  #next: number;
  /** The beginning of a message that is not whole yet, in a buffer that grows. */
  #begun: Uint8Array = new Uint8Array(0);
  #length = 0;
  /** Segments that came too early, by sequence number. */
  readonly #early = new Map<number, Uint8Array>();
  #waiting = 0;
  #isLost = false;

  /** `next`: the sequence number of the first octet, one behind the SYN's. */
  constructor(next: number) {
    this.#next = next >>> 0;
  }

  /** Too much is missing to go on: no message comes any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Takes a segment, and returns the messages that it makes whole. */
  push(sequence: number, payload: Uint8Array): Uint8Array[] {
    if (this.#isLost || payload.length === 0) return [];
    const messages: Uint8Array[] = [];
    this.#place(sequence >>> 0, payload, messages);
    for (let key = this.#due(); key !== undefined; key = this.#due()) {
      const early = this.#early.get(key) as Uint8Array;
      this.#early.delete(key);
      this.#waiting -= early.length;
      this.#place(key, early, messages);
    }
    return messages;
  }

  #place(sequence: number, payload: Uint8Array, messages: Uint8Array[]): void {
    const ahead = (sequence - this.#next) >>> 0;
    if (ahead === 0) this.#append(payload, messages);
    else if (ahead > HALF) {
      const known = (this.#next - sequence) >>> 0;
      if (known < payload.length) this.#append(payload.subarray(known), messages);
    } else if (!this.#early.has(sequence)) {
      this.#waiting += payload.length;
      if (this.#waiting > MOST_WAITING || this.#early.size >= MOST_EARLY) this.#giveUp();
      else this.#early.set(sequence, payload.slice());
    }
  }

  /** The key of a segment that begins no later than the next octet. */
  #due(): number | undefined {
    for (const key of this.#early.keys()) {
      const ahead = (key - this.#next) >>> 0;
      if (ahead === 0 || ahead > HALF) return key;
    }
    return undefined;
  }

  #append(octets: Uint8Array, messages: Uint8Array[]): void {
    this.#next = (this.#next + octets.length) >>> 0;
    this.#store(octets);
    const begun = this.#begun;
    let from = 0;
    while (this.#length - from >= PREFIX) {
      const end = from + PREFIX + (((begun[from] as number) << 8) | (begun[from + 1] as number));
      if (end > this.#length) break;
      messages.push(begun.slice(from + PREFIX, end));
      from = end;
    }
    begun.copyWithin(0, from, this.#length);
    this.#length -= from;
  }

  #store(octets: Uint8Array): void {
    const length = this.#length + octets.length;
    if (length > this.#begun.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.#begun.length));
      larger.set(this.#begun.subarray(0, this.#length));
      this.#begun = larger;
    }
    this.#begun.set(octets, this.#length);
    this.#length = length;
  }

  #giveUp(): void {
    this.#isLost = true;
    this.#early.clear();
    this.#waiting = 0;
    this.#begun = new Uint8Array(0);
    this.#length = 0;
  }
}
