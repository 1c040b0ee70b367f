/** Nodes for pods that name none. */
import type { ModelObject } from '../model/types.ts';

/** The node that stands for all where the input knows none. */
export const IMPLICIT_NODE = 'local';

/** The nodes that the cluster is known to have, sorted: its Node objects, or, without any, what its pods name. */
export function nodeNames(objects: readonly ModelObject[]): readonly string[] {
  const byObject = new Set<string>();
  const byPod = new Set<string>();
  for (const object of objects) {
    if (object.kind === 'Node') byObject.add(object.name);
    else if (object.kind === 'Pod' && object.node !== undefined) byPod.add(object.node);
  }
  return [...(byObject.size > 0 ? byObject : byPod)].sort();
}

/**
 * A pod that names no node could be scheduled on any, so it is taken as one of `node`: what the ruleset would say if it
 * came here. Only files have such pods; in a live cluster a pod without a node has no address either.
 */
export function placePod(object: ModelObject, node: string): ModelObject {
  return object.kind === 'Pod' && object.node === undefined ? { ...object, node } : object;
}

/** `placePod` for all objects. */
export function placePods(objects: readonly ModelObject[], node: string): readonly ModelObject[] {
  return objects.map((object) => placePod(object, node));
}

/** Places pods where there is no choice: on the only node, or on the one that stands for all where none is named. */
export function placeWithoutChoice(objects: readonly ModelObject[]): readonly ModelObject[] {
  const [only = IMPLICIT_NODE, ...others] = nodeNames(objects);
  return others.length === 0 ? placePods(objects, only) : objects;
}
