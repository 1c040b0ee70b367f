import { type BlockMatch, DIRECTIONS } from '../../../model/types.ts';
import { type Cidr, formatCidr, isStrictSubset } from '../../../values/cidr.ts';
import type { LintRule } from '../rule.ts';

export const overlappingExcept: LintRule = {
  id: 'overlapping-except',
  severity: 'info',
  finds: 'An except block that another one of the same peer holds already.',
  *check(context) {
    for (const policy of context.policies) {
      for (const direction of DIRECTIONS) {
        for (const { index, peers } of policy.rules[direction]) {
          for (const [place, peer] of (peers === 'any' ? [] : peers).entries()) {
            if (peer.kind !== 'block') continue;
            const list = direction === 'ingress' ? 'from' : 'to';
            for (const { at, holder } of repeated(peer)) {
              const block = formatCidr(peer.except[at] as Cidr);
              yield {
                at: context.placeOf(policy, ['spec', direction, index, list, place, 'ipBlock', 'except', at]),
                message: `except ${block} adds nothing: ${formatCidr(holder)} is an exception already`,
                fix: 'Remove it',
              };
            }
          }
        }
      }
    }
  },
};

/** Exceptions that are inside another one, or equal to an earlier one. */
function repeated({ except }: BlockMatch): { readonly at: number; readonly holder: Cidr }[] {
  return except.flatMap((block, at) => {
    const holder = except.find(
      (other, i) => isStrictSubset(block, other) || (i < at && formatCidr(other) === formatCidr(block)),
    );
    return holder ? [{ at, holder }] : [];
  });
}
