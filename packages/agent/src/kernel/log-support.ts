import { runNft } from '@kncompile/compiler';

/** Checked by the kernel, never made. */
const PROBE = (group: number): string => `table inet kncompile_probe {
  chain probe {
    limit rate 1/second log prefix "probe" group ${group}
  }
}
`;

/**
 * Whether the kernel can tell an NFLOG group of packets (nfnetlink_log). Where it cannot, a ruleset with such a rule is
 * refused as a whole.
 * @throws NftUnavailable, NftTimeout
 */
export async function hasLogStatement(group: number): Promise<boolean> {
  return (await runNft(['-c', '-f', '-'], PROBE(group), 30_000)).ok;
}
