import { getSystemErrorMap } from 'node:util';
import { keyText } from '@kncompile/compiler';
import { findAttribute, messagesIn, NLMSG_ERROR } from '../netlink.ts';
import type { Batch, Request } from './batch.ts';

/** linux/netlink.h: the answer holds no copy of the message; attributes follow. */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_OFFS = 2;
const NLMSG_HDRLEN = 16;

/** The kernel's answer to one message of a batch, as NETLINK_CAP_ACK and NETLINK_EXT_ACK have it. */
export interface Answer {
  /** Of the message; 0: of the batch as a whole. */
  readonly sequence: number;
  /** 0 where all is well. */
  readonly errno: number;
  /** Where in the message what is wrong begins; undefined where the kernel does not say. */
  readonly at: number | undefined;
}

/** The answers in what was received. */
export function* answersIn(received: Buffer, length: number): Iterable<Answer> {
  for (const { type, start, end } of messagesIn(received, length)) {
    if (type !== NLMSG_ERROR) continue;
    const flags = received.readUInt16LE(start - 14);
    const hasPlace = (flags & NLM_F_CAPPED) !== 0 && (flags & NLM_F_ACK_TLVS) !== 0;
    const place = hasPlace
      ? findAttribute(received, { start: start + NLMSG_HDRLEN, end }, NLMSGERR_ATTR_OFFS)
      : undefined;
    yield {
      errno: -received.readInt32LE(start - 4),
      sequence: received.readUInt32LE(start + 8),
      at: place && received.readUInt32LE(place.start + 4),
    };
  }
}

/** What the kernel refuses, and why, in a form like nft's own: the error, and the command with the element. */
export function refusalText({ requests }: Batch, { sequence, errno, at }: Answer): string {
  const [name, words] = getSystemErrorMap().get(-errno) ?? [`error ${errno}`, 'no name is known'];
  const request = requests[sequence - 1];
  return `${name}: ${words}\n${request ? commandText(request, at) : 'the batch as a whole'}`;
}

function commandText({ command, set, elements, starts }: Request, at: number | undefined): string {
  if (!set) return command;
  const element = elements[starts.indexOf(at ?? -1)];
  return element ? `${command} { ${keyText(set, element)} }` : command;
}
