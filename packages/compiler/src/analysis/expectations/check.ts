/** Expectations against a cluster. */
import type { Snapshot } from '../../decision/snapshot.ts';
import type { Diagnostic } from '../../errors.ts';
import type { Source } from '../../model/types.ts';
import { isFault } from '../ends/fault.ts';
import { pairsOf } from '../ends/pairs.ts';
import { EndResolver } from '../ends/resolve-end.ts';
import { groupByVerdict, type PairStory, tellPair, type VerdictGroup } from '../explain/explain.ts';
import type { Entry, Expectation } from './expectation.ts';

export type Checked =
  | { readonly outcome: 'met'; readonly expectation: Expectation; readonly groups: readonly VerdictGroup[] }
  /** `story`: of the first pair whose verdict is not the expected one. */
  | {
      readonly outcome: 'unmet';
      readonly expectation: Expectation;
      readonly groups: readonly VerdictGroup[];
      readonly story: PairStory;
    }
  | { readonly outcome: 'bad'; readonly problems: readonly Diagnostic[] };

export type Result = Checked & { readonly name: string; readonly source: Source };

/**
 * Tries every pair of addresses of each expectation: it is met when all agree with it. `onTried` hears of every pair, and
 * how many expectations were done before.
 */
export function checkExpectations(
  snapshot: Snapshot,
  entries: readonly Entry[],
  onTried: (done: number) => void = () => {},
): readonly Result[] {
  const resolver = new EndResolver(snapshot.cluster);
  return entries.map(({ name, source, content }, at) => {
    const checked: Checked =
      'expect' in content
        ? check(snapshot, resolver, content, () => onTried(at))
        : { outcome: 'bad', problems: content };
    return { name, source, ...checked };
  });
}

function check(
  snapshot: Snapshot,
  resolver: EndResolver,
  expectation: Expectation,
  onTried: () => void,
): Checked {
  const { from, to, transport, expect, complain } = expectation;
  const [sources, destinations] = [resolver.resolve(from), resolver.resolve(to)];
  const problems = [
    ...(isFault(sources) ? [complain('from', sources)] : []),
    ...(isFault(destinations) ? [complain('to', destinations)] : []),
  ];
  if (isFault(sources) || isFault(destinations)) return { outcome: 'bad', problems };
  const pairs = pairsOf(sources, destinations);
  if (isFault(pairs)) return { outcome: 'bad', problems: [complain('to', pairs)] };
  const groups = groupByVerdict(snapshot, pairs, transport, onTried);
  const other = groups.find(({ verdict }) => verdict !== expect);
  if (!other) return { outcome: 'met', expectation, groups };
  const story = tellPair(snapshot, undefined, other.pairs[0], transport);
  return { outcome: 'unmet', expectation, groups, story };
}
