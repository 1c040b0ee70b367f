/** What is good to look at and not, or hardly, to enforce. */
import type { Pod } from '../model/types.ts';
import { counted } from '../values/counted.ts';
import { printable } from '../values/printable.ts';
import type { Loaded } from './load.ts';
import type { NodeChoice } from './nodes.ts';
import { printNote } from './output.ts';
import { UsageError } from './usage-error.ts';

const EMPTY = 'the input holds no policies, pods, namespaces or nodes';

/** Pods that a refusal names before it only counts. */
const NAMED = 3;

/**
 * Fail closed: what is missing from a half-read or empty input might be what isolates a pod.
 * @throws UsageError when the input is not one to enforce on the chosen node.
 */
export function requireEnforceable(input: Loaded, { isUnknown, note }: NodeChoice): void {
  if (input.errors > 0)
    throw new UsageError('nothing is applied, because the input has errors; see --dry-run');
  if (input.objects.length === 0) throw new UsageError(`nothing is applied: ${EMPTY}`);
  if (isUnknown) throw new UsageError(`nothing is applied: ${note}`);
}

/** Says which pods are enforced under addresses that nobody has: their real selves are not covered. */
export async function warnOfMadeUp({ madeUp: { addresses } }: Loaded): Promise<void> {
  if (addresses.length === 0) return;
  await printNote(
    `${madeUpText(addresses.length)}, which no real pod has: ${listPods(addresses)}\n` +
      'Give real pods (kubectl get pods -A -o yaml), or read the live cluster (without -f).',
  );
}

/** Says that there is nothing to look at. */
export async function noteEmpty({ objects, errors }: Loaded): Promise<void> {
  if (objects.length === 0 && errors === 0) await printNote(EMPTY);
}

/** Says what a look at these inputs, and at this node of them, rests on. */
export async function noteGuesses(inputs: readonly Loaded[], node: string): Promise<void> {
  for (const input of inputs) await noteEmpty(input);
  const unreal = podNames(inputs.flatMap(({ madeUp }) => madeUp.addresses));
  if (unreal.size > 0) await printNote(madeUpText(unreal.size));
  const placed = inputs.flatMap(({ madeUp }) => madeUp.nodes);
  if (placed.length === 0) return;
  const here = podNames(placed.filter((pod) => pod.node === node));
  const spread = `${counted(podNames(placed).size, 'pod')} of templates spread over the nodes`;
  await printNote(`${spread}, ${here.size} on "${printable(node)}": a scheduler may place them otherwise`);
}

function madeUpText(pods: number): string {
  return `${counted(pods, 'pod')} ${pods === 1 ? 'has' : 'have'} made-up addresses`;
}

function listPods(pods: readonly Pod[]): string {
  const names = [...podNames(pods)].map(printable);
  const others = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${others > 0 ? ` and ${counted(others, 'other')}` : ''}`;
}

/** Both sides of a comparison often hold the same pod. */
function podNames(pods: readonly Pod[]): ReadonlySet<string> {
  return new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`));
}
