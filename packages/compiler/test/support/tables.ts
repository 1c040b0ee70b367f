/** The decision table of a small cluster as text, to hold two against each other. */

import { decide } from '../../src/decision/decide.ts';
import { Snapshot } from '../../src/decision/snapshot.ts';
import type { PortVerdicts } from '../../src/decision/verdicts.ts';
import type { ModelObject, Pod } from '../../src/model/types.ts';
import { DIRECTIONS } from '../../src/model/types.ts';
import type { Address } from '../../src/values/address.ts';

/**
 * What every pod, in the order of the objects, may send to and get from each of the addresses: verdicts without
 * reasons, since names may differ. `names`: DNS names that all of the addresses answer to.
 */
export function decisionTable(
  objects: readonly ModelObject[],
  addresses: readonly Address[],
  names: ReadonlySet<string> | undefined,
): string[] {
  const snapshot = new Snapshot(objects);
  const pods = objects.filter((object): object is Pod => object.kind === 'Pod');
  const peers = addresses.map((address) => ({ address, peer: snapshot.peerAt(address, names) }));
  return pods.flatMap((pod) => {
    const subject = snapshot.subjectOf(pod);
    if (!subject) return ['none'];
    return DIRECTIONS.flatMap((direction) =>
      peers.map(
        ({ address, peer }) => `${direction} ${address}: ${spansOf(decide(direction, subject, peer))}`,
      ),
    );
  });
}

/** Neighbours of one verdict are one span, whoever decided them. */
export function spansOf(verdicts: PortVerdicts): string {
  return verdicts
    .filter(({ verdict }, at) => verdicts[at - 1]?.verdict !== verdict)
    .map(({ first, verdict }) => `${first} ${verdict}`)
    .join(', ');
}
