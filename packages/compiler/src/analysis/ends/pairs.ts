/** Which addresses of two ends may talk to each other. */
import { familyOf } from '../../values/address.ts';
import { type Fault, fault } from './fault.ts';
import { formatEnd } from './parse-end.ts';
import type { Member, ResolvedEnd } from './resolve-end.ts';

/** Two addresses of one family. */
export interface Pair {
  readonly from: Member;
  readonly to: Member;
}

/**
 * Every pair of one family. Those of a pod with itself come last: that it reaches itself (S40) tells least about it. A
 * fault where there is no pair, or where none of the ends is in the cluster.
 */
export function pairsOf(from: ResolvedEnd, to: ResolvedEnd): readonly Pair[] | Fault {
  const isOutside = ({ members }: ResolvedEnd): boolean => members.every(({ kind }) => kind === 'external');
  if (isOutside(from) && isOutside(to)) {
    const problem = `neither ${formatEnd(from.end)} nor ${formatEnd(to.end)} is in the cluster`;
    return fault('ends-outside', problem, 'at least one pod or node');
  }
  const pairs = from.members.flatMap((source) =>
    to.members
      .filter((destination) => familyOf(destination.address) === familyOf(source.address))
      .map((destination) => ({ from: source, to: destination })),
  );
  const isSelf = ({ from: { address }, to: { address: other } }: Pair): boolean => address === other;
  if (pairs.length > 0) return [...pairs.filter((pair) => !isSelf(pair)), ...pairs.filter(isSelf)];
  const problem = `${formatEnd(from.end)} and ${formatEnd(to.end)} have no common address family`;
  return fault('ends-without-common-family', problem, 'IPv4 or IPv6 addresses on both');
}
