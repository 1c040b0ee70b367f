import type { Policy, Rule } from '../model/types.ts';
import type { PortPoint, Span } from '../values/ports.ts';

/**
 * `unresolved`: denied unless the peer answers to a DNS name that a rule allows, and nobody knows yet whether it does
 * (S37). Only a peer whose names are unknown meets it.
 */
export type Verdict = 'allow' | 'deny' | 'unresolved';

/** Who decided: a rule of a policy; a policy that isolates, by having no matching rule (S4); or nobody (S2). */
export interface Reason {
  /** Unique in the process; equal for the same rule of the same compiled policy. */
  readonly id: number;
  readonly policy: Policy | undefined;
  readonly rule: Rule | undefined;
}

/** The verdict on one stretch of the port axis, and where it comes from. */
export interface PortVerdict extends Span {
  readonly verdict: Verdict;
  readonly reason: Reason;
}

/** A cell of the decision table: sorted, disjoint, covering the whole port axis. */
export type PortVerdicts = readonly PortVerdict[];

let nextReason = 1;

/** A new reason; no two are equal. */
export function makeReason(policy: Policy | undefined, rule: Rule | undefined): Reason {
  return Object.freeze({ id: nextReason++, policy, rule });
}

/** No step of the ladder decided: allow (S2). */
export const BY_DEFAULT: Reason = makeReason(undefined, undefined);

/** Sorts the parts and joins neighbours that were decided alike by the same reason. */
export function joinParts(parts: PortVerdict[]): PortVerdicts {
  parts.sort((a, b) => a.first - b.first);
  const joined: PortVerdict[] = [];
  for (const part of parts) {
    const before = joined.at(-1);
    if (before && before.verdict === part.verdict && before.reason === part.reason)
      joined[joined.length - 1] = Object.freeze({ ...before, last: part.last });
    else joined.push(Object.freeze(part));
  }
  return Object.freeze(joined);
}

/** What becomes of a connection that several have a say about (S1); `undefined` is no objection. */
export function strictest(verdicts: readonly (Verdict | undefined)[]): Verdict {
  if (verdicts.includes('deny')) return 'deny';
  return verdicts.includes('unresolved') ? 'unresolved' : 'allow';
}

/** The part that holds a point of the port axis. */
export function partAt(verdicts: PortVerdicts, point: PortPoint): PortVerdict {
  const part = verdicts.find(({ first, last }) => first <= point && point <= last);
  if (!part) throw new RangeError(`no part of the port axis holds ${point}`);
  return part;
}
