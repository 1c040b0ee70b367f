import type { Span } from './ports.ts';

/** The same points as sorted, disjoint spans with gaps between them. */
export function unionSpans(spans: readonly Span[]): readonly Span[] {
  if (spans.length < 2) return spans;
  const sorted = [...spans].sort((a, b) => a.first - b.first);
  const merged: Span[] = [];
  for (const span of sorted) {
    const before = merged.at(-1);
    if (before && span.first <= before.last + 1) {
      if (span.last > before.last) merged[merged.length - 1] = { first: before.first, last: span.last };
    } else merged.push(span);
  }
  return merged;
}
