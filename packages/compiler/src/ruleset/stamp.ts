/** The generation stamp in the conntrack mark: which connections were judged under the ruleset of now (S47). */
import type { Chain, Match, Statement } from './ir.ts';

/** A generation and the mask that holds it. */
export interface Stamp {
  readonly generation: number;
  /** The bits of the conntrack mark that are ours: one run of ones. */
  readonly markMask: number;
}

/** Moves a generation number into the bits of the mask. */
export function stampValue({ generation, markMask }: Stamp): number {
  const lowest = markMask & -markMask;
  return (generation * (lowest >>> 0)) >>> 0;
}

/** The largest generation that the mask holds; 0 is the mark of connections that nobody judged. */
export function lastGeneration(markMask: number): number {
  return (markMask >>> 0) / ((markMask & -markMask) >>> 0);
}

/** The same chains under another generation; those that do not name it are the same objects. */
export function restamp(chains: readonly Chain[], stamp: Stamp): readonly Chain[] {
  const value = stampValue(stamp);
  const namesStamp = (part: Match | Statement): boolean => part.kind === 'stamp' || part.kind === 'ct-mark';
  const stamped = <T extends Match | Statement>(part: T): T => (namesStamp(part) ? { ...part, value } : part);
  return Object.freeze(
    chains.map((chain) => {
      if (!chain.rules.some(({ matches, statements }) => [...matches, ...statements].some(namesStamp)))
        return chain;
      const rules = chain.rules.map(({ matches, statements }) => ({
        matches: matches.map(stamped),
        statements: statements.map(stamped),
      }));
      return Object.freeze({ ...chain, rules: Object.freeze(rules) });
    }),
  );
}
