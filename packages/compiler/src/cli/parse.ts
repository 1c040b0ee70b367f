import { type Cidr, formatCidr, parseCidr } from '../values/cidr.ts';
import { UsageError } from './usage-error.ts';

/** Pod CIDRs as given with `--pod-cidr`: one per family at most. */
export function parsePodCidrs(texts: readonly string[]): readonly Cidr[] {
  const cidrs = texts.map((text) => {
    const parsed = parseCidr(text);
    if (!parsed) throw new UsageError(`--pod-cidr ${text}: expected address/prefix, such as 10.244.0.0/16`);
    if (parsed.masked) {
      throw new UsageError(
        `--pod-cidr ${text}: bits are set behind the prefix, expected ${formatCidr(parsed.cidr)}`,
      );
    }
    return parsed.cidr;
  });
  for (const family of [4, 6]) {
    if (cidrs.filter((cidr) => cidr.family === family).length > 1) {
      throw new UsageError(`--pod-cidr is given twice for IPv${family}: one per family`);
    }
  }
  return cidrs;
}

/** A mask of the conntrack mark: one run of ones within 32 bits, so that a generation number fits into it. */
export function parseMarkMask(text: string): number {
  const mask = /^(0x[0-9a-f]{1,8}|[0-9]{1,10})$/i.test(text) ? Number(text) : 0;
  const runs = mask
    .toString(2)
    .split(/0+/)
    .filter((run) => run !== '');
  if (mask > 0xffffffff || runs.length !== 1 || runs[0] === '1') {
    throw new UsageError(
      `--mark-mask ${text}: expected at least two adjacent bits of 32, such as 0xfff00000`,
    );
  }
  return mask;
}

/** Queue numbers `A-B`, or one number; NFQUEUE has 0 to 65535. */
export function parseQueues(flag: string, text: string): { readonly first: number; readonly last: number } {
  const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text);
  const first = Number(match?.[1] ?? -1);
  const last = Number(match?.[2] ?? first);
  if (first < 0 || last > 65535 || last < first) {
    throw new UsageError(`--${flag} ${text}: expected queue numbers A-B from 0 to 65535, such as 100-103`);
  }
  return { first, last };
}

/** A whole number, zero included. */
export function parseCount(flag: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new UsageError(`--${flag} ${text}: expected a whole number`);
  return Number(text);
}
