import type { Reason } from '../decision/verdicts.ts';
import type { Element } from './ir.ts';

/** Who decided, in one line for people. Holds names from the cluster as they are: whoever prints it must escape it. */
export function reasonText(reason: Reason): string {
  const { policy, rule } = reason;
  if (!policy) return 'no policy decides';
  const name = policy.namespace === '' ? policy.name : `${policy.namespace}/${policy.name}`;
  if (!rule) return `${policy.kind} ${name} isolates`;
  const title = rule.name === undefined ? '' : ` (${rule.name})`;
  return `${policy.kind} ${name} rule ${rule.index + 1}${title}`;
}

/** nft takes comments of up to 128 bytes. */
export const LONGEST_COMMENT = 120;

/**
 * Text as it may stand in a comment: printable ASCII without quotes and backslashes, everything else a `?`; cut where
 * nft would not take it (S51).
 */
export function safeComment(text: string): string {
  const short = text.length > LONGEST_COMMENT ? `${text.slice(0, LONGEST_COMMENT - 3)}...` : text;
  return short.replace(/[^ !#-[\]-~]/g, '?');
}

/** The comment that an element carries in the kernel. */
export function commentOf({ reason }: Element): string | undefined {
  return typeof reason === 'object' ? safeComment(reasonText(reason)) : reason;
}

/** Whether the kernel would see no difference between two elements with the same key. */
export function sameElement(a: Element, b: Element): boolean {
  return a.value === b.value && (a.reason === b.reason || commentOf(a) === commentOf(b));
}
