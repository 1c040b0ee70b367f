/** Numbers of linux/netlink.h, linux/netfilter/nfnetlink.h and linux/netfilter/nfnetlink_queue.h. */

export const NLMSG_HEADER = 16;
export const NLMSG_ERROR = 2;
export const NLMSG_OVERRUN = 4;
export const NLM_F_REQUEST = 1;

/** struct nfgenmsg: family, version, resource id. */
export const NFGENMSG = 4;
export const NFNL_SUBSYS_QUEUE = 3;
export const NFQNL_MSG_PACKET = (NFNL_SUBSYS_QUEUE << 8) | 0;
export const NFQNL_MSG_VERDICT = (NFNL_SUBSYS_QUEUE << 8) | 1;
/** One verdict for every waiting packet up to an id. */
export const NFQNL_MSG_VERDICT_BATCH = (NFNL_SUBSYS_QUEUE << 8) | 3;

export const ATTRIBUTE_HEADER = 4;
/** Without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER. */
export const ATTRIBUTE_TYPE_MASK = 0x3fff;
export const NFQA_PACKET_HDR = 1;
export const NFQA_VERDICT_HDR = 2;
export const NFQA_MARK = 3;
export const NFQA_PAYLOAD = 10;
export const NFQA_CT = 11;
export const NLA_F_NESTED = 0x8000;
/** Of linux/netfilter/nfnetlink_conntrack.h. */
export const CTA_MARK = 8;
export const CTA_MARK_MASK = 21;

/** struct nfqnl_msg_packet_hdr: id, hardware protocol, hook. */
export const PACKET_HDR = 7;

/** What a packet message carries beside the payload, with every attribute that a queue without extra flags sends. */
export const MESSAGE_OVERHEAD = 512;
