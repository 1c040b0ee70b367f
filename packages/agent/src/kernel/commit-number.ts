import type { Ffi } from './ffi.ts';
import { findAttribute, messagesIn, NetlinkSocket, netfilterMessage } from './netlink.ts';
import { NFT_MSG } from './nftables/protocol.ts';

const NFTA_GEN_ID = 1;

/** Asks the kernel for the number of its last nftables commit; undefined where this cannot be asked here. */
export function commitNumberReader(ffi: Ffi): (() => number | undefined) | undefined {
  const socket = NetlinkSocket.open(ffi);
  if (!socket) return undefined;
  const request = netfilterMessage(NFT_MSG.getGeneration, 0, 0, Buffer.alloc(0));
  const answer = Buffer.alloc(4096);
  return () => {
    if (!socket.ask(request, answer)) return undefined;
    for (const message of messagesIn(answer, socket.receive(answer))) {
      const id = message.type === NFT_MSG.newGeneration && findAttribute(answer, message, NFTA_GEN_ID);
      if (!id) continue;
      socket.noteAnswered();
      return answer.readUInt32BE(id.start + 4);
    }
    return undefined;
  };
}
