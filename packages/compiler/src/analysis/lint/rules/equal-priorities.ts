import type { Code } from '../../../errors.ts';
import type { LintRule } from '../rule.ts';

const SAYS: readonly Code[] = ['priority-tie'];

/** S6, S8. The loader looks for these: a compile warns of them, too. */
export const equalPriorities: LintRule = {
  id: 'equal-priorities',
  severity: 'warning',
  finds: 'Policies of one tier with one priority: which of them comes first is not defined.',
  says: SAYS,
  check: (context) => context.said(SAYS, () => 'Give each policy of a tier a priority of its own'),
};
