import type { CompileOptions } from '../compiler/options.ts';
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
      `--ct-mark-mask ${text}: expected at least two adjacent bits of 32, such as 0xfff00000`,
    );
  }
  return mask;
}

/**
 * An even number of queues `A-B` (NFQUEUE has 0 to 65535): the lower half for packets in the direction in which their
 * connection began, the upper half for replies, so that the number tells the listener the direction.
 */
export function parseQueueRange(text: string): CompileOptions['queues'] {
  const match = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(text);
  const first = Number(match?.[1] ?? -1);
  const last = Number(match?.[2] ?? -1);
  const half = (last - first + 1) / 2;
  if (first < 0 || last > 65535 || half < 1 || !Number.isInteger(half)) {
    throw new UsageError(
      `--queue-range ${text}: expected an even number of queues A-B from 0 to 65535, such as 100-103`,
    );
  }
  return { original: { first, last: first + half - 1 }, reply: { first: first + half, last } };
}

/** A whole number, zero included. */
export function parseCount(flag: string, text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new UsageError(`--${flag} ${text}: expected a whole number`);
  return Number(text);
}
