import type { Ffi } from './ffi.ts';
import {
  attribute,
  findAttribute,
  messagesIn,
  NetlinkSocket,
  NLM_F_DUMP,
  NLMSG_DONE,
  NLMSG_ERROR,
  netfilterMessage,
} from './netlink.ts';
import {
  NFPROTO_INET,
  NFT_MSG,
  NFTA_EXPR,
  NFTA_LIST_ELEM,
  NFTA_RULE,
  TABLE_NAME,
} from './nftables/protocol.ts';

const NFTA_COUNTER_PACKETS = 2;

/** Three short rules. */
const ANSWER_BYTES = 16 * 1024;

/**
 * Asks the kernel how many packets our chain `deny` has dropped since it was last filled; undefined where there is no such
 * chain. A listing by nft would take a process, and with many elements much longer. Undefined where this cannot be asked.
 */
export function deniedPacketsReader(ffi: Ffi): (() => number | undefined) | undefined {
  const socket = NetlinkSocket.open(ffi);
  if (!socket) return undefined;
  const name = (type: number, text: string): Buffer => attribute(type, Buffer.from(`${text}\0`));
  const names = Buffer.concat([name(NFTA_RULE.table, TABLE_NAME), name(NFTA_RULE.chain, 'deny')]);
  const request = netfilterMessage(NFT_MSG.getRule, NLM_F_DUMP, NFPROTO_INET, names);
  const answer = Buffer.alloc(ANSWER_BYTES);
  return () => {
    if (!socket.ask(request, answer)) return undefined;
    let packets: number | undefined;
    for (;;) {
      const length = socket.receive(answer);
      if (length === 0) return undefined;
      for (const message of messagesIn(answer, length)) {
        if (message.type === NLMSG_DONE) return packets;
        if (message.type === NLMSG_ERROR) return undefined;
        if (message.type === NFT_MSG.newRule) packets ??= countedBy(answer, message);
      }
    }
  };
}

/** What a rule that begins with a counter has counted. */
function countedBy(
  buffer: Buffer,
  rule: { readonly start: number; readonly end: number },
): number | undefined {
  const inside = (part: { start: number; end: number } | undefined, type: number) =>
    part && findAttribute(buffer, { start: part.start + 4, end: part.end }, type);
  const first = inside(findAttribute(buffer, rule, NFTA_RULE.expressions), NFTA_LIST_ELEM);
  const name = inside(first, NFTA_EXPR.name);
  if (!name || buffer.toString('latin1', name.start + 4, name.end) !== 'counter\0') return undefined;
  const packets = inside(inside(first, NFTA_EXPR.data), NFTA_COUNTER_PACKETS);
  return packets && Number(buffer.readBigUInt64BE(packets.start + 4));
}
