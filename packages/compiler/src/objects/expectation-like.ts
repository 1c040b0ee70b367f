import { isMapping } from './shape.ts';

/** What every expectation of `kncompile test` says. */
const KEYS = ['from', 'to', 'expect'];

/**
 * Whether a document is one of expectations, which may lie among the manifests. Good and bad ones alike: what is wrong
 * with one is said where it is used.
 */
export function looksLikeExpectations(document: unknown): boolean {
  return Array.isArray(document) ? document.some(looksLikeOne) : looksLikeOne(document);
}

function looksLikeOne(raw: unknown): boolean {
  if (!isMapping(raw) || 'kind' in raw || 'apiVersion' in raw) return false;
  return KEYS.filter((key) => key in raw).length >= 2;
}
