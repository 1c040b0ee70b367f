/** Everything that a command needs before it can compile: objects from files, completed to a cluster. */
import type { Diagnostic } from '../errors.ts';
import type { ModelObject, Node, Pod, Policy } from '../model/types.ts';
import type { Places } from '../objects/places.ts';
import { type OnRead, readInputs } from '../objects/read-inputs.ts';
import { readStdin } from '../objects/stdin.ts';
import type { Cidr } from '../values/cidr.ts';
import { DEFAULT_POD_CIDRS, giveAddresses } from './addresses.ts';
import { policyWarnings } from './policy-warnings.ts';
import { completePods } from './workloads.ts';

export interface LoadResult {
  /** What is valid, also when something else is not (S50). */
  readonly objects: readonly ModelObject[];
  /** For each policy that is broken: what still must hold of it so that nothing opens (S50). */
  readonly remnants: readonly Policy[];
  /** Errors and warnings, those about one file in the order of their places. */
  readonly diagnostics: readonly Diagnostic[];
  /** How many objects of kinds without use there were, by kind. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly madeUp: MadeUp;
  /** Where the policies stand in their files. */
  readonly places: Places;
}

/** What the input leaves open and was filled in here: good for a look at what policies mean, not for enforcement. */
export interface MadeUp {
  /** Pods whose addresses are nobody's. */
  readonly addresses: readonly Pod[];
  /** Pods of templates, where there was more than one node to put them on. */
  readonly nodes: readonly Pod[];
}

export interface LoadFilesOptions {
  /** For made-up addresses, one per family; one family means single stack. Default: `DEFAULT_POD_CIDRS`. */
  readonly podCidrs?: readonly Cidr[] | undefined;
  /** What the path `-` stands for. Default: standard input of the process. */
  readonly stdin?: (() => Promise<Uint8Array>) | undefined;
  /** Hears of every object that is read, before it is known what the others are. */
  readonly onRead?: OnRead | undefined;
  /** Files to pass over, by whatever path they are reached. */
  readonly except?: readonly string[] | undefined;
}

/**
 * Reads files, directories and `-`. Workloads without pods get pods, and pods without an address get one. Never rejects
 * for what the input holds: that is in the diagnostics.
 */
export async function loadFiles(
  paths: readonly string[],
  options: LoadFilesOptions = {},
): Promise<LoadResult> {
  const inputs = await readInputs(paths, options.stdin ?? readStdin, options.onRead, options.except);
  const nodes = inputs.objects.filter((object): object is Node => object.kind === 'Node');
  const pods = inputs.objects.filter((object): object is Pod => object.kind === 'Pod');
  const completed = completePods(pods, inputs.workloads, nodes);
  const podCidrs = options.podCidrs && options.podCidrs.length > 0 ? options.podCidrs : DEFAULT_POD_CIDRS;
  const addressed = giveAddresses(completed.pods, nodes, podCidrs);
  const madeUp = {
    addresses: addressed.pods.filter(
      (pod, at) => pod.addresses.length > 0 && !pod.hostNetwork && completed.pods[at]?.addresses.length === 0,
    ),
    // A DaemonSet has a pod on each node wherever the scheduler would put others.
    nodes: nodes.length > 1 ? addressed.pods.slice(pods.length).filter(isScheduled) : [],
  };
  const objects = [...inputs.objects.filter((object) => object.kind !== 'Pod'), ...addressed.pods];
  const together = [...completed.diagnostics, ...addressed.diagnostics, ...policyWarnings(objects)];
  const diagnostics = [
    ...inputs.diagnostics,
    ...together.map((found) =>
      found.source ? Object.freeze({ ...found, excerpt: inputs.places.excerptOf(found.source) }) : found,
    ),
  ];
  return {
    objects: Object.freeze(objects),
    remnants: inputs.remnants,
    diagnostics,
    skipped: inputs.skipped,
    madeUp,
    places: inputs.places,
  };
}

function isScheduled({ owner }: Pod): boolean {
  return owner.kind !== 'DaemonSet';
}
