import type { Difference } from '../../analysis/difference/compare.ts';
import { differs } from '../../analysis/difference/compare.ts';
import type { Change } from '../../analysis/difference/difference.ts';
import { allowedJson, endJson } from '../connections/texts.ts';
import { transactionJson } from '../ruleset-json.ts';
import { kindOf } from './text.ts';

/** Connections as `list -o json` has them; those that changed with what was allowed before and after. */
export function differenceJson(difference: Difference, whole: boolean): object {
  const { changes, workloads, rulesets } = difference;
  const ofKind = (kind: ReturnType<typeof kindOf>): readonly Change[] =>
    changes.filter((change) => kindOf(change) === kind);
  const ends = ({ source, destination }: Change) => ({ src: endJson(source), dst: endJson(destination) });
  return {
    same: !differs(difference),
    added: ofKind('added').map((change) => ({ ...ends(change), allowed: allowedJson(change.after) })),
    removed: ofKind('removed').map((change) => ({ ...ends(change), allowed: allowedJson(change.before) })),
    changed: ofKind('changed').map((change) => ({
      ...ends(change),
      before: allowedJson(change.before),
      after: allowedJson(change.after),
    })),
    workloads: workloads.map(({ text: _, ...workload }) => workload),
    rulesets: rulesets.map(({ node, added, removed, comments, transaction }) => ({
      node,
      added,
      removed,
      comments,
      ...(whole && { transaction: transactionJson(transaction) }),
    })),
  };
}
