import { readFileSync } from 'node:fs';
import { NftTimeout, NftUnavailable, runNft } from '@kncompile/compiler';

/** linux/capability.h */
const CAP_NET_ADMIN = 12n;

const LIMIT_MS = 30_000;

/** `forbidden` stays so; the others may pass. */
export type Access =
  | { readonly kind: 'fine' }
  | { readonly kind: 'forbidden' | 'unavailable'; readonly why: string };

/** Whether this process may change the kernel's netfilter, as far as its capabilities tell. */
export function hasNetAdmin(status: string = readFileSync('/proc/self/status', 'utf8')): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return effective === undefined || ((BigInt(`0x${effective}`) >> CAP_NET_ADMIN) & 1n) === 1n;
}

/** Whether nft works here: it lists the names of tables, and changes nothing. */
export async function nftAccess(): Promise<Access> {
  try {
    const { ok, stderr } = await runNft(['list', 'tables'], '', LIMIT_MS);
    return ok ? { kind: 'fine' } : { kind: 'unavailable', why: `nft fails: ${stderr.trim()}` };
  } catch (error) {
    if (error instanceof NftTimeout) return { kind: 'unavailable', why: error.message };
    if (!(error instanceof NftUnavailable)) throw error;
    return { kind: error.isForbidden ? 'forbidden' : 'unavailable', why: error.message };
  }
}
