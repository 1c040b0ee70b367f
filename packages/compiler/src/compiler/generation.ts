import { lastGeneration } from '../ruleset/stamp.ts';
import type { CompileOptions } from './options.ts';

/** A commit that takes a permission away moves to the next generation: every connection is judged anew (S47). */
export function nextGeneration(before: number, revokes: boolean, options: CompileOptions): number {
  if (before === 0) return 1;
  if (!revokes || options.established === 'keep') return before;
  return before >= lastGeneration(options.markMask) ? 1 : before + 1;
}
