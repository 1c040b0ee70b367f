import { IMPLICIT_NODE, nodeNames } from '../cluster/place-pods.ts';
import type { ModelObject } from '../model/types.ts';
import { printable } from '../values/printable.ts';
import { UsageError } from './usage-error.ts';

/** The node to compile for, and what the user should know about the choice. */
export interface NodeChoice {
  readonly node: string;
  readonly note: string | undefined;
  /** Others are named and this one is not: mistyped, or a node without pods. */
  readonly isUnknown: boolean;
}

/**
 * The node as given; else the only one of the input: of its Node objects, or, without any, of the nodes that its pods
 * name. Where nobody names a node, every pod is taken as local.
 * @throws UsageError when there are several, or the given one is none of the cluster's.
 */
export function chooseNode(objects: readonly ModelObject[], wanted: string | undefined): NodeChoice {
  const byObject = objects.filter((object) => object.kind === 'Node').map((node) => node.name);
  const byPod = objects.flatMap((object) =>
    object.kind === 'Pod' && object.node !== undefined ? [object.node] : [],
  );
  const known = [...new Set([...byObject, ...byPod])].sort();
  if (wanted !== undefined && known.length > 0) {
    const isUnknown = !known.includes(wanted);
    if (!isUnknown) return { node: wanted, note: undefined, isUnknown };
    const missing = `the input has no node "${printable(wanted)}"`;
    // Node objects are a full list of the cluster's nodes; what pods name is not.
    if (byObject.length > 0) throw new UsageError(`${missing}\n${listNodes(known)}`);
    return { node: wanted, note: `${missing}, and no pod on it`, isUnknown };
  }
  const candidates = nodeNames(objects);
  const [only, ...others] = candidates;
  if (only === undefined) {
    const node = wanted ?? IMPLICIT_NODE;
    const note = `the input names no node: every pod is taken as local, to a node called "${printable(node)}"`;
    return { node, note, isUnknown: false };
  }
  if (others.length === 0) return { node: only, note: undefined, isUnknown: false };
  throw new UsageError(
    `the input has ${candidates.length} nodes: choose one with --node\n${listNodes(candidates)}`,
  );
}

function listNodes(nodes: readonly string[]): string {
  return nodes.map((node) => `  ${printable(node)}`).join('\n');
}
