import type { Ffi } from './ffi.ts';
import {
  attribute,
  findAttribute,
  IS_LITTLE_ENDIAN,
  messagesIn,
  NetlinkSocket,
  NLM_F_ACK,
  NLMSG_ERROR,
  netfilterMessage,
  numberAttribute,
} from './netlink.ts';

/** linux/netfilter/nfnetlink_log.h */
const LOG_PACKET = 4 << 8;
const LOG_CONFIG = (4 << 8) | 1;
const NFULA_CFG_CMD = 1;
const NFULA_CFG_MODE = 2;
const NFULA_CFG_TIMEOUT = 4;
const BIND = 1;
const COPY_PACKET = 2;
const NFULA_PAYLOAD = 9;
const NFULA_PREFIX = 10;

/** All headers up to the ports, and some extension headers. */
const COPY_BYTES = 128;
/** How long the kernel collects messages, in hundredths of a second. */
const COLLECT_FOR = 10;

const SLICE_BYTES = 64 * 1024;
/** Of what waits, so much is read at a time: about a millisecond of work. */
const SLICES = 8;

/** A packet that a rule has told of. */
export interface LoggedPacket {
  /** As the rule says it. */
  readonly prefix: string;
  /** Its first bytes, from the IP header on. */
  readonly bytes: Buffer;
}

/** The listener of an NFLOG group of the network namespace. */
export interface PacketLog {
  /** What came since the last call. Never waits. */
  read(): readonly LoggedPacket[];
  close(): void;
}

/**
 * Listens to a group. The kernel has one listener for each; what comes without one is lost, and harms nobody.
 * @throws Error where the kernel does not let us
 */
export function openNflog(ffi: Ffi, group: number): PacketLog {
  if (!IS_LITTLE_ENDIAN) throw new Error('NFLOG cannot be read on this platform');
  const socket = new NetlinkSocket(ffi);
  const slice = Buffer.alloc(SLICE_BYTES);
  const configure = (setting: Buffer): boolean =>
    socket.send(configMessage(group, setting)) && isAccepted(slice, socket.receive(slice));
  const mode = Buffer.alloc(6);
  mode.writeUInt32BE(COPY_BYTES, 0);
  mode.writeUInt8(COPY_PACKET, 4);
  const listens =
    configure(attribute(NFULA_CFG_CMD, Buffer.from([BIND]))) &&
    configure(attribute(NFULA_CFG_MODE, mode)) &&
    configure(numberAttribute(NFULA_CFG_TIMEOUT, COLLECT_FOR));
  if (!listens) {
    socket.close();
    throw new Error(`the kernel gives us no NFLOG group ${group}: does another program listen there?`);
  }
  return {
    read() {
      const packets: LoggedPacket[] = [];
      for (let i = 0; i < SLICES; i++) {
        const length = socket.receive(slice, false);
        if (length === 0) break;
        packets.push(...packetsIn(slice, length));
      }
      return packets;
    },
    close: () => socket.close(),
  };
}

function configMessage(group: number, attributes: Buffer): Buffer {
  const message = netfilterMessage(LOG_CONFIG, NLM_F_ACK, 0, attributes);
  // nfgenmsg's res_id.
  message.writeUInt16BE(group, 18);
  return message;
}

function isAccepted(answer: Buffer, length: number): boolean {
  for (const { type, start } of messagesIn(answer, length))
    if (type === NLMSG_ERROR) return answer.readInt32LE(start - 4) === 0;
  return false;
}

/** The packets in what was received; a message that makes no sense is left out. */
export function packetsIn(received: Buffer, length: number): LoggedPacket[] {
  const packets: LoggedPacket[] = [];
  for (const message of messagesIn(received, length)) {
    const payload = message.type === LOG_PACKET && findAttribute(received, message, NFULA_PAYLOAD);
    if (!payload) continue;
    const prefix = findAttribute(received, message, NFULA_PREFIX);
    packets.push({
      prefix: prefix ? textOf(received, prefix.start + 4, prefix.end) : '',
      bytes: Buffer.from(received.subarray(payload.start + 4, payload.end)),
    });
  }
  return packets;
}

function textOf(buffer: Buffer, start: number, end: number): string {
  return buffer.toString('latin1', start, end).split('\0', 1)[0] as string;
}
