import type { Code } from '../../../errors.ts';
import type { LintRule } from '../rule.ts';

const SAYS: readonly Code[] = ['named-port-undefined'];

/** S26. The loader looks for these: a compile warns of them, too. */
export const undefinedNamedPort: LintRule = {
  id: 'undefined-named-port',
  severity: 'warning',
  finds: 'A named port that no selected destination defines, so that it matches nothing.',
  says: SAYS,
  check: (context) =>
    context.said(SAYS, () => 'Use the name of a container port of the destination, or a number'),
};
