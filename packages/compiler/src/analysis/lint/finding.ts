import type { ObjectRef } from '../../errors.ts';
import type { Pod, Source } from '../../model/types.ts';

/**
 * How sure it is that somebody should do something: `error` for what cannot be right, `warning` for what is probably a
 * mistake, `info` for what may well be meant.
 */
export type LintSeverity = 'error' | 'warning' | 'info';

/** An object, or a part of it, and where that stands. */
export interface Place {
  readonly object: ObjectRef;
  /** The field, as in `spec.ingress[0].from[1]`; empty for the whole object. */
  readonly field: string;
  readonly source: Source | undefined;
}

/** What a rule has found. Its strings are as hostile as the input. */
export interface Found {
  readonly at: Place;
  /** What is wrong: a sentence without its full stop. */
  readonly message: string;
  /** What to do about it: the same. */
  readonly fix: string;
  /** The rule's usual severity where it is left out. */
  readonly severity?: LintSeverity;
  /** Other objects that the message names. */
  readonly related?: readonly Place[];
  /** Of a finding about a workload: its pods. */
  readonly pods?: readonly Pod[];
}

/** Something that is probably a mistake, as it is shown. */
export interface Finding extends Place {
  /** The id of the rule. */
  readonly rule: string;
  readonly severity: LintSeverity;
  /** The line of text that `source` points into. */
  readonly excerpt: string | undefined;
  readonly message: string;
  readonly fix: string;
  readonly related: readonly Place[];
}
