/** Numbers of the nf_tables protocol: linux/netfilter.h, netfilter/nfnetlink.h, netfilter/nf_tables.h as of Linux 5.15. */

export const NFPROTO_INET = 1;
export const NFPROTO_OF = { 4: 2, 6: 10 } as const;

const NFNL_SUBSYS_NFTABLES = 10;
/** What a batch is for: nfgenmsg's res_id of its head and end. */
export const BATCH_FOR = NFNL_SUBSYS_NFTABLES;
export const NFNL_MSG_BATCH_BEGIN = 16;
export const NFNL_MSG_BATCH_END = 17;
export const NFNL_BATCH_GENID = 1;

const message = (number: number): number => (NFNL_SUBSYS_NFTABLES << 8) | number;
export const NFT_MSG = {
  newChain: message(3),
  newRule: message(6),
  getRule: message(7),
  deleteRule: message(8),
  newSet: message(9),
  newElement: message(12),
  deleteElement: message(14),
  newGeneration: message(15),
  getGeneration: message(16),
} as const;

export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;

/** Our table in netlink's form; nft's is `TABLE`. */
export const TABLE_NAME = 'kncompile';

export const NFTA_LIST_ELEM = 1;
export const NFTA_CHAIN = { table: 1, name: 3 } as const;
export const NFTA_RULE = { table: 1, chain: 2, expressions: 4 } as const;
export const NFTA_EXPR = { name: 1, data: 2 } as const;
export const NFTA_SET = {
  table: 1,
  name: 2,
  flags: 3,
  keyType: 4,
  keyLength: 5,
  dataType: 6,
  dataLength: 7,
  description: 9,
  id: 10,
  userdata: 13,
} as const;
export const NFTA_SET_DESC_SIZE = 1;
export const NFTA_ELEMENTS = { table: 1, set: 2, list: 3, setId: 4 } as const;
export const NFTA_ELEMENT = { key: 1, data: 2, userdata: 6, keyEnd: 10 } as const;
export const NFTA_DATA = { value: 1, verdict: 2 } as const;
export const NFTA_VERDICT_CODE = 1;
