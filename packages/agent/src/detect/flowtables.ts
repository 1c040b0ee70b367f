import { NftTimeout, NftUnavailable, runNft } from '@kncompile/compiler';
import { type Finding, finding, someOf } from './finding.ts';

/** A list of names takes milliseconds. */
const LIMIT_MS = 10_000;

/**
 * Flowtables of other tables, from `nft -j list flowtables`: connections that a rule hands to one skip the hook `forward` from
 * then on, so that what policies take away goes on. Empty text lists none.
 */
export function flowtableFindings(listing: string): readonly Finding[] {
  const names = tablesIn(listing)
    .filter(({ family, table }) => !(family === 'inet' && table === 'kncompile'))
    .map(({ family, table, name }) => `${family} ${table} ${name}`);
  return names.length === 0
    ? []
    : [
        finding(
          'foreign-flowtable',
          `connections in a flowtable are not judged again when policies change: ${someOf(names)}`,
        ),
      ];
}

/** The listing to look into; undefined where nft gives none. */
export async function listFlowtables(): Promise<string | undefined> {
  try {
    const { ok, stdout } = await runNft(['-j', 'list', 'flowtables'], '', LIMIT_MS);
    return ok ? stdout : undefined;
  } catch (error) {
    if (error instanceof NftTimeout || error instanceof NftUnavailable) return undefined;
    throw error;
  }
}

type Json = Readonly<Record<string, unknown>>;

function tablesIn(listing: string): readonly Json[] {
  if (listing.trim() === '') return [];
  const { nftables } = JSON.parse(listing) as { readonly nftables: readonly Json[] };
  return nftables.flatMap(({ flowtable }) => (flowtable === undefined ? [] : [flowtable as Json]));
}
