/** Two inputs as a whole: their connections, their workloads, their rulesets, and whether anything differs at all. */
import type { CompileOptions } from '../../compiler/options.ts';
import type { ModelObject } from '../../model/types.ts';
import { isPolicy } from '../../objects/parse.ts';
import { AllowedTable } from '../connectivity/allowed.ts';
import { type Connectivity, connectivityOf } from '../connectivity/connectivity.ts';
import { compareDecisions } from '../convert/proof.ts';
import { recordCluster } from '../recording/recording.ts';
import { type Change, changesBetween } from './difference.ts';
import { type RulesetChange, rulesetChange } from './rulesets.ts';
import { type AffectedWorkload, affectedWorkloads } from './workloads.ts';

export interface Comparison {
  readonly sets: AllowedTable;
  readonly before: Connectivity;
  readonly after: Connectivity;
  readonly changes: readonly Change[];
}

/** Compares who may talk to whom. */
export function compareConnections(
  before: readonly ModelObject[],
  after: readonly ModelObject[],
): Comparison {
  const sets = new AllowedTable();
  const old = connectivityOf(before, sets);
  const now = connectivityOf(after, sets);
  return { sets, before: old, after: now, changes: changesBetween(old, now, sets) };
}

/** What a report shows: the changes that were chosen, and the nodes that were. */
export interface Difference {
  readonly changes: readonly Change[];
  readonly workloads: readonly AffectedWorkload[];
  readonly rulesets: readonly RulesetChange[];
  /** Whether every decision is the same, however the rulesets say it; undefined when that is not known. */
  readonly decidesAlike: boolean | undefined;
}

export function differenceOf(
  { sets }: Comparison,
  changes: readonly Change[],
  rulesets: readonly RulesetChange[],
  decidesAlike: boolean | undefined,
): Difference {
  return { changes, workloads: affectedWorkloads(changes, sets), rulesets, decidesAlike };
}

/** Whether anything differs but names and comments. */
export function differs({ changes, rulesets, decidesAlike }: Difference): boolean {
  if (changes.length > 0) return true;
  return decidesAlike === undefined
    ? rulesets.some(({ added, removed }) => added + removed > 0)
    : !decidesAlike;
}

/**
 * Whether two sets of policies decide alike, also about what is in no list of connections: nodes, and addresses behind DNS
 * names. Undefined when pods, namespaces or nodes differ: then there is no common question to ask.
 */
export function decideAlike(
  before: readonly ModelObject[],
  after: readonly ModelObject[],
): boolean | undefined {
  if (clusterText(before) !== clusterText(after)) return undefined;
  return compareDecisions(before, after.filter(isPolicy)).counterexample === undefined;
}

function clusterText(objects: readonly ModelObject[]): string {
  const { manifests } = recordCluster(objects, [], false);
  return manifests
    .map((manifest) => JSON.stringify(manifest))
    .sort()
    .join('\n');
}

/** The rulesets of some nodes. `onNode` hears how many are compared. */
export function compareRulesets(
  before: readonly ModelObject[],
  after: readonly ModelObject[],
  nodes: readonly string[],
  options: Omit<CompileOptions, 'node'>,
  onNode: (done: number, total: number) => void = () => {},
): readonly RulesetChange[] {
  return nodes.map((node, at) => {
    onNode(at, nodes.length);
    return rulesetChange(before, after, { ...options, node });
  });
}
