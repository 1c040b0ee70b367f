import { LONGEST_TTL } from '@kncompile/compiler/judge';
import { formatAddress, type Packet } from '@kncompile/nfq-ffi';
import { type Answer, readAnswer, readQuestion } from './message.ts';
import { type Ends, Questions } from './questions.ts';
import { TcpConversations } from './tcp-conversations.ts';

const DNS_PORT = 53;
const TCP = 6;
const UDP = 17;

/** What became of messages from resolvers: the bounded labels of their counter. */
export const ANSWER_FATES = [
  /** Held until the agent had told the kernel. */
  'learned',
  /** Without addresses, or for a name that no policy asks for. */
  'empty',
  /** Nobody asked that, or not there, or it was answered already: spoofed, late or double. */
  'unasked',
  /** Cut off, or no DNS. */
  'malformed',
  /** More than the agent could take in time: the pod got it, and its next connection may not find it known. */
  'refused',
] as const;
export type AnswerFate = (typeof ANSWER_FATES)[number];
export type AnswerCounts = Readonly<Record<AnswerFate, number>>;

/** What a pod was told. */
export interface Told {
  /** The pod, and the name that it asked for, in lower case. */
  readonly client: string;
  readonly name: string;
  readonly family: 4 | 6;
  /** For each address its words (one or four), and the seconds for which new connections may use it. */
  readonly addresses: Int32Array;
}

/** An answer may have so many addresses; the rest of a longer one is not learned. */
const MOST_ADDRESSES = 512;

/** A new connection follows the answer: a time to live of zero must last that long. Seconds. */
const SHORTEST_TTL = 1;

/** Follows the conversations of pods with resolvers, and says what the pods are told. Nothing in a packet makes it throw. */
export class DnsWatch {
  readonly #questions: Questions;
  readonly #conversations: TcpConversations;
  readonly #note: (fate: AnswerFate) => void;

  /** `now` in milliseconds, never going back; `note` counts what became of answers. */
  constructor(now: () => number, note: (fate: AnswerFate) => void) {
    this.#questions = new Questions(now);
    this.#conversations = new TcpConversations(now);
    this.#note = note;
  }

  /** Notes what a pod asks with a packet. */
  asked(packet: Packet): void {
    const ends = endsOf(packet, 'question');
    for (const message of this.#messagesIn(packet, ends, 'question')) {
      const question = readQuestion(message);
      if (question) this.#questions.asked(ends, question);
    }
  }

  /** What a resolver tells a pod with a packet; nothing where it answers no question of it. */
  answered(packet: Packet): Told[] {
    const ends = endsOf(packet, 'answer');
    const told: Told[] = [];
    for (const message of this.#messagesIn(packet, ends, 'answer')) {
      const answer = readAnswer(message);
      if (!answer) this.#note('malformed');
      else if (!this.#questions.take(ends, answer)) this.#note('unasked');
      else if (answer.addresses.length === 0) this.#note('empty');
      else told.push(toldBy(answer, ends.client));
    }
    return told;
  }

  #messagesIn(packet: Packet, ends: Ends, way: 'question' | 'answer'): readonly Uint8Array[] {
    const payload = packet.bytes.subarray(packet.payloadAt, packet.payloadEnd);
    return ends.protocol === 'udp' ? [payload] : this.#conversations.push(ends, way, packet, payload);
  }
}

/** Whether a packet may carry DNS from this side: the ports alone decide. */
export function isDns(packet: Packet, way: 'question' | 'answer'): boolean {
  if (packet.protocol !== TCP && packet.protocol !== UDP) return false;
  return (way === 'question' ? packet.destinationPort : packet.sourcePort) === DNS_PORT;
}

function endsOf(packet: Packet, way: 'question' | 'answer'): Ends {
  const { family, source, destination, sourcePort, destinationPort } = packet;
  const protocol = packet.protocol === UDP ? 'udp' : 'tcp';
  const [from, to] = [formatAddress(source, family), formatAddress(destination, family)];
  return way === 'question'
    ? { client: from, clientPort: sourcePort, server: to, protocol }
    : { client: to, clientPort: destinationPort, server: from, protocol };
}

function toldBy({ name, addresses }: Answer, client: string): Told {
  const words: number[] = [];
  for (const { octets, ttl } of addresses.slice(0, MOST_ADDRESSES)) {
    const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    for (let at = 0; at < octets.length; at += 4) words.push(view.getInt32(at));
    words.push(Math.min(Math.max(SHORTEST_TTL, ttl), LONGEST_TTL));
  }
  const family = addresses[0]?.octets.length === 4 ? 4 : 6;
  return { client, name, family, addresses: Int32Array.from(words) };
}
