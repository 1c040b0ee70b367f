import { type Address, NftTimeout, NftUnavailable, runNft } from '@kncompile/compiler';
import { keyBytes } from './elements.ts';

const LIMIT_MS = 10_000;

const SHAPE = {
  name: 'probe',
  family: 4,
  fields: ['class', 'address', 'protocol', 'port'],
  value: 'verdict',
  interval: true,
  timed: false,
} as const;

const KEY = [0x0102_0304, '10.0.0.1' as Address, 6, { first: 3, last: 4 }];

/** Checked by the kernel, never made. */
const PROBE = `table inet kncompile_probe {
  map probe {
    typeof meta priority . ip daddr . meta l4proto . th dport : meta priority
    flags interval
    elements = { 102:304 . 10.0.0.1 . tcp . 3-4 : 0:1 }
  }
  chain probe {
    meta priority set meta priority . ip daddr . meta l4proto . th dport map @probe
  }
}
`;

/**
 * Whether this machine's nft writes keys with ranges of ports as we do: the class in network order, in elements and in the
 * rules that look for them. It is nft that wrote the rules, and nothing but its own words says how. Undefined where it does
 * not answer.
 */
export async function writesRangesAsWeDo(): Promise<boolean | undefined> {
  try {
    const { ok, stdout } = await runNft(['-c', '--debug=netlink', '-f', '-'], PROBE, LIMIT_MS);
    return ok ? isOurs(stdout) : undefined;
  } catch (error) {
    if (error instanceof NftTimeout || error instanceof NftUnavailable) return undefined;
    throw error;
  }
}

/** Reads what nft says of PROBE under --debug=netlink. */
export function isOurs(said: string): boolean {
  const [first, last] = (['first', 'last'] as const).map((end) => wordsOf(keyBytes(SHAPE, KEY, end)));
  const isTurned = said.includes('[ byteorder reg 1 = hton(reg 1, 4, 4) ]');
  return isTurned && new RegExp(`\\selement ${first}\\s+-\\s+${last}\\s`).test(said);
}

/** As libnftnl shows data: words of the machine. */
function wordsOf(bytes: Buffer): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
  return words.map((word) => word.toString(16).padStart(8, '0')).join(' ');
}
