/** What the answers about ends of connections rest on, where that is a guess. */
import { podsInBlocks } from '../../analysis/connectivity/made-up.ts';
import type { Pair } from '../../analysis/ends/pairs.ts';
import type { Pod } from '../../model/types.ts';
import { counted } from '../../values/counted.ts';
import { noteEmpty } from '../enforceable.ts';
import type { Loaded } from '../load.ts';
import { printNote } from '../output.ts';

/** Says what of the pods at these ends was made up and may make a difference. */
export async function noteGuessedEnds(input: Loaded, pairs: readonly Pair[]): Promise<void> {
  await noteEmpty(input);
  const { addresses, nodes } = input.madeUp;
  if (addresses.length + nodes.length === 0) return;
  const involved = namesOf(pairs.flatMap(({ from, to }) => [from, to].flatMap(podsOf)));
  const isInvolved = (pod: Pod): boolean => involved.has(nameOf(pod));
  const blocked = podsInBlocks(addresses.filter(isInvolved), input.objects).length;
  if (blocked > 0) {
    await printNote(
      `${counted(blocked, 'pod')} with made-up addresses in blocks that policies name: ` +
        'under real addresses they may be treated otherwise',
    );
  }
  // S41: whose node it is matters only to connections that come from a node.
  const atNodes = pairs.filter(({ from }) => from.kind === 'node').flatMap(({ to }) => podsOf(to));
  const guessed = namesOf(nodes.filter(isInvolved)).intersection(namesOf(atNodes)).size;
  if (guessed > 0) {
    await printNote(
      `${counted(guessed, 'pod')} of templates spread over the nodes: a scheduler may place them otherwise, ` +
        'and nodes always reach their own pods',
    );
  }
}

function podsOf(member: Pair['from']): Pod[] {
  return member.kind === 'pod' ? [member.pod] : [];
}

function nameOf({ namespace, name }: Pod): string {
  return `${namespace}/${name}`;
}

function namesOf(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.map(nameOf));
}
