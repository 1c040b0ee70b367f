import { NftTimeout, NftUnavailable, runNft } from '@kncompile/compiler';

/** What the ruleset needs on a node with IPVS, checked by the kernel and never made. */
const PROBE = `table inet kncompile_probe {
  chain probe {
    type filter hook output priority 0
    meta skuid >= 0 accept
    fib saddr type local accept
  }
}
`;

/** Whether the kernel can tell the node's own packets from those of IPVS (nft_fib_inet); false also where nft gives no answer. */
export async function canJudgeIpvs(): Promise<boolean> {
  try {
    return (await runNft(['-c', '-f', '-'], PROBE, 30_000)).ok;
  } catch (error) {
    if (error instanceof NftTimeout || error instanceof NftUnavailable) return false;
    throw error;
  }
}
