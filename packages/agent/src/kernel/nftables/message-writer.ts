import { HEADER_BYTES, NLM_F_ACK, NLM_F_REQUEST } from '../netlink.ts';

/** linux/netlink.h: the attribute holds attributes. */
const NLA_F_NESTED = 0x8000;

const FIRST_BYTES = 4096;

export interface MessageHead {
  readonly type: number;
  /** Besides NLM_F_REQUEST. */
  readonly flags: number;
  readonly family: number;
  /** nfgenmsg's res_id. */
  readonly resource: number;
  readonly sequence: number;
}

/** Netlink messages one behind another in one buffer: an attribute within attributes needs no memory of its own. */
export class MessageWriter {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #length = 0;
  #lastMessage = 0;

  /** What has been written so far. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Bytes of the message that is being written. */
  get messageLength(): number {
    return this.#length - this.#lastMessage;
  }

  message(head: MessageHead, attributes: () => void): void {
    const start = this.#take(HEADER_BYTES);
    this.#lastMessage = start;
    this.#bytes.writeUInt16LE(head.type, start + 4);
    this.#bytes.writeUInt16LE(NLM_F_REQUEST | head.flags, start + 6);
    this.#bytes.writeUInt32LE(head.sequence, start + 8);
    this.#bytes.writeUInt8(head.family, start + 16);
    this.#bytes.writeUInt16BE(head.resource, start + 18);
    attributes();
    this.#bytes.writeUInt32LE(this.#length - start, start);
  }

  /** Has the kernel answer the last message, whether it succeeds or not. */
  acknowledgeLast(): void {
    const at = this.#lastMessage + 6;
    this.#bytes.writeUInt16LE(this.#bytes.readUInt16LE(at) | NLM_F_ACK, at);
  }

  /** An attribute that holds those that `inside` writes: below 64 KiB of them. */
  nest(type: number, inside: () => void): void {
    const start = this.#head(type | NLA_F_NESTED, 0);
    inside();
    this.#bytes.writeUInt16LE(this.#length - start, start);
  }

  /** A number of four bytes, in network order. */
  number(type: number, value: number): void {
    const at = this.#head(type, 4) + 4;
    this.#bytes.writeUInt32BE(value >>> 0, at);
  }

  bytes(type: number, value: ArrayLike<number>): void {
    const at = this.#head(type, value.length) + 4;
    for (let i = 0; i < value.length; i++) this.#bytes[at + i] = value[i] as number;
  }

  /** A C string of ASCII characters. */
  text(type: number, value: string): void {
    const at = this.#head(type, value.length + 1) + 4;
    for (let i = 0; i < value.length; i++) this.#bytes[at + i] = value.charCodeAt(i);
  }

  /** Writes an attribute's head, and zeros behind it for its value. */
  #head(type: number, valueLength: number): number {
    const length = 4 + valueLength;
    const start = this.#take((length + 3) & ~3);
    this.#bytes.writeUInt16LE(length, start);
    this.#bytes.writeUInt16LE(type, start + 2);
    return start;
  }

  /** Goes on by so many bytes, which are zeros. */
  #take(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return start;
  }
}
