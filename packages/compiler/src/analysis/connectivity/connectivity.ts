/** Who may talk to whom: the decision table for every pair, collapsed by owner. */
import { clusterOf, isPolicyPod } from '../../cluster/cluster.ts';
import type { ModelObject, Pod } from '../../model/types.ts';
import { compareText } from '../../values/collections.ts';
import { AllowedTable } from './allowed.ts';
import type { PodsEnd } from './ends.ts';
import { partsOf } from './parts.ts';
import { addressesOf, type Classified, classifyPods } from './pod-classes.ts';
import { type Connection, connectionsOf, type OnProgress } from './rows.ts';

export type { Connection } from './rows.ts';

export interface Connectivity {
  /** By the texts of source and destination. */
  readonly connections: readonly Connection[];
  /** All pods that may be ends, also those without connections; by their texts. */
  readonly ends: readonly PodsEnd[];
  readonly unlisted: UnlistedPods;
  /** DNS names in rules that might allow more (S37); sorted. */
  readonly unknownNames: readonly string[];
}

/** Pods that are no ends of connections. */
export interface UnlistedPods {
  readonly hostNetwork: readonly Pod[];
  readonly finished: readonly Pod[];
  readonly withoutAddress: readonly Pod[];
}

/**
 * The connections that the policies allow, between pods and between pods and the outside. What replies to them is
 * allowed with them (S45), and not listed by itself. Analyses that are compared share one table of sets: equal sets of
 * ports are then one object. `onProgress` hears how many kinds of pods are done.
 */
export function connectivityOf(
  objects: Iterable<ModelObject>,
  sets: AllowedTable = new AllowedTable(),
  onProgress: OnProgress = () => {},
): Connectivity {
  const cluster = clusterOf(objects);
  const classified = classifyPods(cluster, sets);
  const parts = partsOf(classified, sets);
  return Object.freeze({
    connections: connectionsOf(parts, classified, sets, onProgress),
    ends: parts.map(({ end }) => end),
    unlisted: {
      hostNetwork: cluster.pods.filter((pod) => pod.hostNetwork && !pod.finished),
      finished: cluster.pods.filter((pod) => pod.finished),
      withoutAddress: cluster.pods.filter(
        (pod) => isPolicyPod(pod) && addressesOf(pod, cluster).length === 0,
      ),
    },
    unknownNames: unknownNames(classified),
  });
}

function unknownNames({ classes }: Classified): readonly string[] {
  const rules = new Set(classes.flatMap(({ sides }) => [...sides.egress.unresolved].map(({ rule }) => rule)));
  const names = [...rules].flatMap((rule) =>
    rule === undefined || rule.peers === 'any'
      ? []
      : rule.peers.flatMap((peer) => (peer.kind === 'domain' ? [peer.name] : [])),
  );
  return [...new Set(names)].sort(compareText);
}
