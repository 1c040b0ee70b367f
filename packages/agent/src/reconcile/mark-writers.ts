type Json = Readonly<Record<string, unknown>>;

const ALL_BITS = 0xffff_ffff;

/**
 * The chains of other tables with rules that write into bits of the conntrack mark that are ours, as `family table chain`,
 * from `nft -j list ruleset`. iptables' own CONNMARK rules are seen only where nft shows their parts; those of
 * iptables-legacy are not in the listing at all.
 */
export function markWriters(listing: string, markMask: number): readonly string[] {
  const { nftables } = JSON.parse(listing) as { readonly nftables: readonly Json[] };
  const writers = nftables.flatMap(({ rule }) => {
    if (!isObject(rule) || (rule['family'] === 'inet' && rule['table'] === 'kncompile')) return [];
    const writes = list(rule['expr']).some((expression) => (writtenBits(expression) & markMask) !== 0);
    return writes ? [`${rule['family']} ${rule['table']} ${rule['chain']}`] : [];
  });
  return [...new Set(writers)];
}

function writtenBits(expression: unknown): number {
  const mangle = isObject(expression) ? expression['mangle'] : undefined;
  return isObject(mangle) && isCtMark(mangle['key']) ? ~keptBits(mangle['value']) : 0;
}

/** The bits of an expression that are those of the mark before. */
function keptBits(expression: unknown): number {
  if (isCtMark(expression)) return ALL_BITS;
  if (!isObject(expression)) return 0;
  const [operator = ''] = Object.keys(expression);
  const [left, right] = list(expression[operator]);
  if (typeof right !== 'number') return 0;
  if (operator === '&') return keptBits(left) & right;
  return operator === '|' || operator === '^' ? keptBits(left) & ~right : 0;
}

function isCtMark(expression: unknown): boolean {
  return isObject(expression) && isObject(expression['ct']) && expression['ct']['key'] === 'mark';
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
