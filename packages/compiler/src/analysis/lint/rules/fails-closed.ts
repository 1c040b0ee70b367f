import type { Code } from '../../../errors.ts';
import type { LintRule } from '../rule.ts';

const SAYS: readonly Code[] = ['unknown-field', 'peer-not-applicable'];

/** S33. The loader finds these: a compile warns of them, too. */
export const failsClosed: LintRule = {
  id: 'fails-closed',
  severity: 'warning',
  finds: 'A rule with a part that is not understood: it allows nothing, or denies everything.',
  says: SAYS,
  check: (context) =>
    context.said(SAYS, (_code, expected) =>
      expected === undefined ? 'Correct the rule, or remove the part' : `Use ${expected}`,
    ),
};
