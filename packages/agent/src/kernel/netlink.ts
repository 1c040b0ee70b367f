import { endianness } from 'node:os';
import type { Ffi } from './ffi.ts';

/** linux/socket.h, linux/netlink.h */
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0x8_0003;
const NETLINK_NETFILTER = 12;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const MSG_DONTWAIT = 0x40;

/** An answer comes in microseconds; without one the thread must not wait for ever. */
const RECEIVE_LIMIT_S = 2;

export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
/** nlmsghdr and nfgenmsg. */
export const HEADER_BYTES = 20;

/** Netlink speaks the machine's byte order; every platform that Node runs on today is little-endian. */
export const IS_LITTLE_ENDIAN = endianness() === 'LE';

/** A socket to the kernel's netfilter, used synchronously. */
export class NetlinkSocket {
  readonly #ffi: Ffi;
  readonly #fd: number;
  /** Whether more of an answer may come. */
  #isWaiting = false;

  /** Throws where the kernel gives no such socket. */
  constructor(ffi: Ffi) {
    this.#ffi = ffi;
    ffi.open('libc', 'libc.so.6');
    this.#fd = ffi.int('libc', 'socket', AF_NETLINK, SOCK_RAW_CLOEXEC, NETLINK_NETFILTER);
    if (this.#fd < 0) throw new Error('no netlink socket');
    const limit = Buffer.alloc(16);
    limit.writeBigInt64LE(BigInt(RECEIVE_LIMIT_S));
    ffi.int('libc', 'setsockopt', this.#fd, SOL_SOCKET, SO_RCVTIMEO, limit, limit.length);
  }

  /** From now on the kernel says in its errors where in a message what is wrong is, instead of repeating the message. */
  wantPlaces(): void {
    const on = Buffer.alloc(4);
    on.writeInt32LE(1);
    for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK])
      this.#ffi.int('libc', 'setsockopt', this.#fd, SOL_NETLINK, option, on, on.length);
  }

  /** Undefined where the kernel gives no such socket, or cannot be understood. */
  static open(ffi: Ffi): NetlinkSocket | undefined {
    if (!IS_LITTLE_ENDIAN) return undefined;
    try {
      return new NetlinkSocket(ffi);
    } catch {
      return undefined;
    }
  }

  /** Sends a question whose answer will come into `into`; false where the kernel does not take it. */
  ask(question: Buffer, into: Buffer): boolean {
    // An answer that came too late for its question must not answer this one.
    while (this.#isWaiting && this.receive(into, false) > 0);
    this.#isWaiting = true;
    return this.send(question);
  }

  /** To be told when all of an answer has come: then the next question finds nothing old, and need not look for it. */
  noteAnswered(): void {
    this.#isWaiting = false;
  }

  /** Sends messages; false where the kernel does not take them. */
  send(messages: Buffer): boolean {
    return this.#ffi.int('libc', 'send', this.#fd, messages, messages.length, 0) === messages.length;
  }

  /** Fills the buffer with the next messages; 0 where none came in time, or (`wait` false) none is there. */
  receive(into: Buffer, wait = true): number {
    const flags = wait ? 0 : MSG_DONTWAIT;
    return Math.max(0, this.#ffi.int('libc', 'recv', this.#fd, into, into.length, flags));
  }

  close(): void {
    this.#ffi.int('libc', 'close', this.#fd);
  }
}

/** A message to a subsystem of netfilter: nlmsghdr, nfgenmsg, attributes. */
export function netfilterMessage(type: number, flags: number, family: number, attributes: Buffer): Buffer {
  const message = Buffer.alloc(HEADER_BYTES + attributes.length);
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(type, 4);
  message.writeUInt16LE(NLM_F_REQUEST | flags, 6);
  message.writeUInt8(family, 16);
  attributes.copy(message, HEADER_BYTES);
  return message;
}

/** An attribute with its head, padded. */
export function attribute(type: number, value: Buffer): Buffer {
  const length = 4 + value.length;
  const made = Buffer.alloc((length + 3) & ~3);
  made.writeUInt16LE(length, 0);
  made.writeUInt16LE(type, 2);
  value.copy(made, 4);
  return made;
}

/** An attribute that is a number of four bytes, in network order. */
export function numberAttribute(type: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return attribute(type, bytes);
}

/** A netlink message within what was received. */
export interface Message {
  readonly type: number;
  /** Where its attributes lie. */
  readonly start: number;
  readonly end: number;
}

/** The messages in the first `length` bytes; stops at one that is cut short. */
export function* messagesIn(buffer: Buffer, length: number): Iterable<Message> {
  for (let at = 0; at + 16 <= length; ) {
    const size = buffer.readUInt32LE(at);
    if (size < 16 || at + size > length) return;
    yield { type: buffer.readUInt16LE(at + 4), start: at + HEADER_BYTES, end: at + size };
    at += (size + 3) & ~3;
  }
}

/** Where the attribute of a type lies among others, its 4 bytes of head included; undefined where there is none. */
export function findAttribute(
  buffer: Buffer,
  { start, end }: Pick<Message, 'start' | 'end'>,
  wanted: number,
): { readonly start: number; readonly end: number } | undefined {
  for (let at = start; at + 4 <= end; ) {
    const size = buffer.readUInt16LE(at);
    if (size < 4 || at + size > end) return undefined;
    if ((buffer.readUInt16LE(at + 2) & TYPE_MASK) === wanted) return { start: at, end: at + size };
    at += (size + 3) & ~3;
  }
  return undefined;
}

/** Without the flags for nested attributes and byte order. */
const TYPE_MASK = 0x3fff;
