/** Who may talk to whom: the decision table for every pair, collapsed by owner. */
import { clusterOf, isPolicyPod } from '../../cluster/cluster.ts';
import type { Direction, ModelObject, Pod } from '../../model/types.ts';
import { compareText, getOrMake } from '../../values/collections.ts';
import { type Allowed, AllowedTable } from './allowed.ts';
import { allowedBetween, allowedOutside } from './between.ts';
import { type End, type ExternalEnd, externalEnd, type PodsEnd } from './ends.ts';
import { type Part, partsOf } from './parts.ts';
import { addressesOf, type Classified, classifyPods } from './pod-classes.ts';

/** What one end may send to another: never nothing. */
export interface Connection {
  readonly source: End;
  readonly destination: End;
  readonly allowed: Allowed;
}

export interface Connectivity {
  /** By the texts of source and destination. */
  readonly connections: readonly Connection[];
  /** All pods that may be ends, also those without connections; by their texts. */
  readonly ends: readonly PodsEnd[];
  readonly unlisted: UnlistedPods;
  /** DNS names in rules that might allow more (S37); sorted. */
  readonly unknownNames: readonly string[];
}

export type OnProgress = (done: number, total: number) => void;

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
  const standing = cluster.pods.filter((pod) => !pod.hostNetwork || pod.finished);
  return Object.freeze({
    connections: connect(parts, classified, sets, onProgress),
    ends: parts.map(({ end }) => end),
    unlisted: {
      hostNetwork: cluster.pods.filter((pod) => pod.hostNetwork && !pod.finished),
      finished: standing.filter((pod) => pod.finished),
      withoutAddress: standing.filter((pod) => isPolicyPod(pod) && addressesOf(pod, cluster).length === 0),
    },
    unknownNames: unknownNames(classified),
  });
}

function connect(
  parts: readonly Part[],
  classified: Classified,
  sets: AllowedTable,
  onProgress: OnProgress,
): Connection[] {
  const outside = new OutsideEnds();
  const bySource = new Map<End, Connection[]>();
  const byClass = Map.groupBy(parts, (part) => part.class);
  let done = 0;
  for (const [one, sharing] of byClass) {
    onProgress(done++, byClass.size);
    const toPods = classified.classes.map((other) => allowedBetween(one, other, sets));
    const outward = rangesOf('egress', one).sort((a, b) => compareText(a.end.text, b.end.text));
    for (const { end: source, owner } of sharing) {
      const rows: Connection[] = [];
      let next = 0;
      const addOutside = (limit: string | undefined): void => {
        for (; next < outward.length; next++) {
          const { end, allowed } = outward[next] as OutsideRow;
          if (limit !== undefined && end.text > limit) return;
          rows.push(Object.freeze({ source, destination: end, allowed }));
        }
      };
      for (const { end: destination, owner: other, class: theirs } of parts) {
        if (other === owner) continue;
        const allowed = toPods[theirs.number] as Allowed;
        if (allowed === sets.none) continue;
        addOutside(destination.text);
        rows.push(Object.freeze({ source, destination, allowed }));
      }
      addOutside(undefined);
      bySource.set(source, rows);
    }
  }
  for (const { end: destination, class: one } of parts) {
    for (const { end: source, allowed } of rangesOf('ingress', one)) {
      getOrMake(bySource, source, (): Connection[] => []).push(
        Object.freeze({ source, destination, allowed }),
      );
    }
  }
  const sorted = [...bySource].sort(([a], [b]) => compareText(a.text, b.text));
  return sorted.flatMap(([, rows]) => rows);

  function rangesOf(direction: Direction, one: Part['class']): OutsideRow[] {
    return allowedOutside(one, direction, classified.peers, sets).map(({ family, allowed, ...range }) => ({
      end: outside.get(family, range),
      allowed,
    }));
  }
}

interface OutsideRow {
  readonly end: ExternalEnd;
  readonly allowed: Allowed;
}

/** One object for each range, whoever meets it. */
class OutsideEnds {
  readonly #byText = new Map<string, ExternalEnd>();

  get(...[family, range]: Parameters<typeof externalEnd>): ExternalEnd {
    const made = externalEnd(family, range);
    return getOrMake(this.#byText, made.text, () => made);
  }
}

function unknownNames({ classes }: Classified): readonly string[] {
  const names = new Set<string>();
  for (const { sides } of classes) {
    for (const { rule } of sides.egress.unresolved) {
      for (const peer of rule?.peers ?? []) {
        if (typeof peer !== 'string' && peer.kind === 'domain') names.add(peer.name);
      }
    }
  }
  return [...names].sort(compareText);
}
