/** What the reader of a list of connections should know and cannot see in it. */
import type { Connectivity } from '../../analysis/connectivity/connectivity.ts';
import { podsInBlocks } from '../../analysis/connectivity/made-up.ts';
import type { Filter } from '../../analysis/filter.ts';
import { counted } from '../../values/counted.ts';
import { printable } from '../../values/printable.ts';
import { noteEmpty } from '../enforceable.ts';
import type { Loaded } from '../load.ts';
import { printNote } from '../output.ts';
import type { ConnectionFormat } from './formats.ts';
import { MERMAID_ARROWS } from './mermaid.ts';

/** Says what the list rests on, and what is not in it. */
export async function noteConnectivity(
  input: Loaded,
  { unlisted, unknownNames }: Connectivity,
): Promise<void> {
  await noteEmpty(input);
  const blocked = podsInBlocks(input.madeUp.addresses, input.objects);
  if (blocked.length > 0) {
    await printNote(
      `${counted(blocked.length, 'pod')} with made-up addresses in blocks that policies name: ` +
        'under real addresses they may be treated otherwise',
    );
  }
  const reasons = [
    countOf(unlisted.hostNetwork.length, 'on the host network'),
    countOf(unlisted.finished.length, 'finished'),
    countOf(unlisted.withoutAddress.length, 'without an address'),
  ].filter((reason) => reason !== '');
  const total = Object.values(unlisted).reduce((sum, pods) => sum + pods.length, 0);
  if (total > 0) await printNote(`${counted(total, 'pod')} not listed: ${reasons.join(', ')}`);
  if (unknownNames.length > 0) {
    await printNote(
      `rules for DNS names may allow more than is listed: ${unknownNames.map(printable).join(', ')}`,
    );
  }
}

function countOf(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}`;
}

/** Says why there is less to see than somebody may expect. */
export async function noteShown(
  { objects }: Loaded,
  filter: Filter,
  rows: number,
  format: ConnectionFormat,
): Promise<void> {
  if (filter.namespaces !== 'all') {
    const known = new Set(
      objects.flatMap((object) =>
        object.kind === 'Pod' ? [object.namespace] : object.kind === 'Namespace' ? [object.name] : [],
      ),
    );
    for (const name of filter.namespaces) {
      if (!known.has(name)) await printNote(`the input has no namespace "${printable(name)}"`);
    }
  }
  if (rows === 0 && objects.length > 0) await printNote('there are no connections to show');
  if (format === 'mermaid' && rows > MERMAID_ARROWS) {
    await printNote(
      `Mermaid draws ${MERMAID_ARROWS} arrows by default, and these are ${rows}: choose with -n or -l, or use -o svg`,
    );
  }
}
