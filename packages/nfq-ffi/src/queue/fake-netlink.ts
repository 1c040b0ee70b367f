import {
  ATTRIBUTE_HEADER,
  ATTRIBUTE_TYPE_MASK,
  CTA_MARK,
  CTA_MARK_MASK,
  NFGENMSG,
  NFQA_CT,
  NFQA_MARK,
  NFQA_PACKET_HDR,
  NFQA_PAYLOAD,
  NFQA_VERDICT_HDR,
  NFQNL_MSG_PACKET,
  NFQNL_MSG_VERDICT,
  NFQNL_MSG_VERDICT_BATCH,
  NLMSG_ERROR,
  NLMSG_HEADER,
  PACKET_HDR,
} from '../netlink/constants.ts';
import type { ConnectionMark, Verdict } from '../netlink/verdict.ts';

/** The kernel's side of the protocol, written apart from ours so that one checks the other. */

export interface ReceivedVerdict {
  /** For all packets up to `id`. */
  readonly batch: boolean;
  readonly id: number;
  readonly verdict: Verdict;
  readonly mark: number | undefined;
  readonly connection: ConnectionMark | undefined;
}

/** The message with which the kernel hands over a packet. */
export function packetDatagram(queue: number, id: number, payload: Uint8Array, mark?: number): Uint8Array {
  const header = Buffer.alloc(PACKET_HDR);
  header.writeUInt32BE(id);
  header.writeUInt16BE((payload[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800, 4);
  const attributes = [attribute(NFQA_PACKET_HDR, header)];
  if (mark !== undefined) {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(mark >>> 0);
    attributes.push(attribute(NFQA_MARK, value));
  }
  attributes.push(attribute(NFQA_PAYLOAD, payload));
  const generic = Buffer.alloc(NFGENMSG);
  generic.writeUInt16BE(queue, 2);
  return message(NFQNL_MSG_PACKET, Buffer.concat([generic, ...attributes]));
}

/** The message with which the kernel refuses a request. */
export function errorDatagram(errno: number): Uint8Array {
  const body = Buffer.alloc(4 + NLMSG_HEADER);
  body.writeInt32LE(-errno);
  return message(NLMSG_ERROR, body);
}

/** Reads a run of verdict messages; throws where the kernel would refuse one as malformed. */
export function readVerdicts(sent: Uint8Array, queue: number): readonly ReceivedVerdict[] {
  const bytes = Buffer.from(sent.buffer, sent.byteOffset, sent.length);
  const verdicts: ReceivedVerdict[] = [];
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at)) {
    const body = bytes.subarray(at, at + bytes.readUInt32LE(at));
    const type = body.readUInt16LE(4);
    const known = type === NFQNL_MSG_VERDICT || type === NFQNL_MSG_VERDICT_BATCH;
    if (!known || body.readUInt16BE(NLMSG_HEADER + 2) !== queue) {
      throw new Error(`not a verdict for queue ${queue}: ${body.toString('hex')}`);
    }
    const attributes = readAttributes(body.subarray(NLMSG_HEADER + NFGENMSG));
    const header = attributes.get(NFQA_VERDICT_HDR);
    if (header?.length !== 8) throw new Error(`a verdict without its header: ${body.toString('hex')}`);
    const verdict = header.readUInt32BE(0) === 1 ? 'accept' : 'drop';
    verdicts.push({
      batch: type === NFQNL_MSG_VERDICT_BATCH,
      id: header.readUInt32BE(4),
      verdict,
      mark: attributes.get(NFQA_MARK)?.readUInt32BE(0),
      connection: readConnection(attributes.get(NFQA_CT)),
    });
  }
  return verdicts;
}

function readConnection(nested: Buffer | undefined): ConnectionMark | undefined {
  if (!nested) return undefined;
  const attributes = readAttributes(nested);
  const [value, mask] = [CTA_MARK, CTA_MARK_MASK].map((type) => attributes.get(type)?.readUInt32BE(0));
  if (value === undefined || mask === undefined) throw new Error(`no mark: ${nested.toString('hex')}`);
  return { value, mask };
}

function message(type: number, body: Uint8Array): Uint8Array {
  const header = Buffer.alloc(NLMSG_HEADER);
  header.writeUInt32LE(NLMSG_HEADER + body.length);
  header.writeUInt16LE(type, 4);
  return Buffer.concat([header, body]);
}

function attribute(type: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(ATTRIBUTE_HEADER);
  header.writeUInt16LE(ATTRIBUTE_HEADER + value.length);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
}

function readAttributes(bytes: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    attributes.set(
      bytes.readUInt16LE(at + 2) & ATTRIBUTE_TYPE_MASK,
      bytes.subarray(at + ATTRIBUTE_HEADER, at + length),
    );
    at += (length + 3) & ~3;
  }
  return attributes;
}
