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

/** The pieces of `span` that lie within `cutters` (sorted, disjoint), and those that do not. */
export function cutSpan(span: Span, cutters: readonly Span[]): { inside: Span[]; outside: Span[] } {
  const inside: Span[] = [];
  const outside: Span[] = [];
  let next = span.first;
  for (const cutter of cutters) {
    if (cutter.last < next) continue;
    if (cutter.first > span.last) break;
    if (cutter.first > next) outside.push({ first: next, last: cutter.first - 1 });
    const first = Math.max(cutter.first, next);
    const last = Math.min(cutter.last, span.last);
    inside.push({ first, last });
    next = last + 1;
  }
  if (next <= span.last) outside.push({ first: next, last: span.last });
  return { inside, outside };
}
