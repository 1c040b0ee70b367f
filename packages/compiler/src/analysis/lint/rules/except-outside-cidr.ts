import type { Code } from '../../../errors.ts';
import type { LintRule } from '../rule.ts';

const SAYS: readonly Code[] = ['cidr-except'];

/** S22. The loader rejects the whole policy for it. */
export const exceptOutsideCidr: LintRule = {
  id: 'except-outside-cidr',
  severity: 'error',
  finds: 'An except block that is not inside its cidr; the policy is rejected.',
  says: SAYS,
  check: (context) =>
    context.said(SAYS, (_code, expected) =>
      expected === undefined ? 'Correct one of the two' : `Write ${expected}, or correct the cidr`,
    ),
};
