import { compareText, getOrMake } from '../../values/collections.ts';
import { printable } from '../../values/printable.ts';
import type { AllowedTable } from '../connectivity/allowed.ts';
import type { PodsEnd } from '../connectivity/ends.ts';
import type { Change } from './difference.ts';

/** A workload with how many connections, to it or from it, allow something more or something less than before. */
export interface AffectedWorkload {
  readonly namespace: string;
  readonly name: string;
  readonly kind: string;
  /** `ns/name[Kind]`; printable. */
  readonly text: string;
  readonly gains: number;
  readonly loses: number;
}

/** The workloads at the ends of changes, by their texts. One change may be a gain and a loss. */
export function affectedWorkloads(
  changes: readonly Change[],
  sets: AllowedTable,
): readonly AffectedWorkload[] {
  const counts = new Map<string, { end: PodsEnd; gains: number; loses: number }>();
  for (const { source, destination, before, after } of changes) {
    const kept = sets.both(before, after);
    for (const end of [source, destination]) {
      if (end.is !== 'pods') continue;
      const { namespace, owner } = end;
      const key = JSON.stringify([namespace, owner.kind, owner.name]);
      const count = getOrMake(counts, key, () => ({ end, gains: 0, loses: 0 }));
      if (kept !== after) count.gains++;
      if (kept !== before) count.loses++;
    }
  }
  return [...counts.values()]
    .map(({ end: { namespace, owner }, gains, loses }) => ({
      namespace,
      name: owner.name,
      kind: owner.kind,
      text: printable(`${namespace}/${owner.name}[${owner.kind}]`),
      gains,
      loses,
    }))
    .sort((a, b) => compareText(a.text, b.text));
}
