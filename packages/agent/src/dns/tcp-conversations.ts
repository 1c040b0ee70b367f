import type { Packet } from '@kncompile/nfq-ffi';
import type { Ends } from './questions.ts';
import { DnsStream } from './stream.ts';

const SYN = 2;
const RST = 4;

/** Resolvers close sooner. Milliseconds. */
const FORGOTTEN_MS = 120_000;
/** Connections over TCP at once; the one that has been silent longest makes room. */
const MOST = 1024;

interface Conversation {
  readonly streams: { question?: DnsStream; answer?: DnsStream };
  last: number;
}

/** The connections over TCP of pods with resolvers. One whose beginning was missed tells nothing. */
export class TcpConversations {
  readonly #open = new Map<string, Conversation>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Takes a segment, and returns the messages that it makes whole. */
  push(ends: Ends, way: 'question' | 'answer', packet: Packet, payload: Uint8Array): readonly Uint8Array[] {
    const key = `${ends.client} ${ends.clientPort} ${ends.server}`;
    if ((packet.tcpFlags & RST) !== 0) {
      this.#open.delete(key);
      return [];
    }
    const isNew = (packet.tcpFlags & SYN) !== 0;
    if (isNew && way === 'question') this.#open.delete(key);
    const conversation = this.#find(key, isNew && way === 'question');
    if (!conversation) return [];
    // The SYN takes a number of its own; what it carries (TCP Fast Open) comes behind it.
    const sequence = isNew ? packet.sequence + 1 : packet.sequence;
    if (isNew) conversation.streams[way] ??= new DnsStream(sequence);
    return conversation.streams[way]?.push(sequence, payload) ?? [];
  }

  #find(key: string, begins: boolean): Conversation | undefined {
    const now = this.#now();
    const known = this.#open.get(key);
    this.#open.delete(key);
    const isCurrent = known && now - known.last <= FORGOTTEN_MS;
    if (!isCurrent && !begins) return undefined;
    const conversation: Conversation = isCurrent ? known : { streams: {}, last: now };
    conversation.last = now;
    this.#open.set(key, conversation);
    if (this.#open.size > MOST) this.#open.delete(this.#open.keys().next().value as string);
    return conversation;
  }
}
