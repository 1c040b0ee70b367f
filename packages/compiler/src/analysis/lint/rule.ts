import type { Code } from '../../errors.ts';
import type { LintContext } from './context.ts';
import type { Found, LintSeverity } from './finding.ts';

/** One thing that lint looks for. One file each in `rules/`, listed in registry.ts, with a page `docs/lint/<id>.md`. */
export interface LintRule {
  /** Stable: scripts may match on it. */
  readonly id: string;
  readonly severity: LintSeverity;
  /** What it finds: a sentence for people who have never heard of it. */
  readonly finds: string;
  /** Codes of the loader's messages that are findings of this rule. */
  readonly says?: readonly Code[];
  check(context: LintContext): Iterable<Found>;
}
