/** The objects of a live cluster. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import type { ModelObject, Pod, Policy } from '../model/types.ts';
import { ClusterError } from '../objects/live/cluster-error.ts';
import { connect, type KubeApi } from '../objects/live/kube-api.ts';
import type { ClusterChoice } from '../objects/live/kubeconfig.ts';
import { listAll, METADATA_ONLY, type Resource } from '../objects/live/list.ts';
import { OWNER_RESOURCES, RESOURCES } from '../objects/live/resources.ts';
import { type ReadObject, readObject } from '../objects/parse.ts';
import { NO_PLACES } from '../objects/places.ts';
import type { RawMapping } from '../objects/raw.ts';
import type { OnRead } from '../objects/read-inputs.ts';
import type { Workload } from '../objects/workload.ts';
import type { LoadResult } from './load.ts';
import { policyWarnings } from './policy-warnings.ts';
import { followOwners } from './workloads.ts';

/**
 * Reads a live cluster. Pods without an address stay so (S43), and nothing is made from templates: what counts is what
 * runs. A cluster without the policy CRDs is fine. `onRead` hears of every object.
 * @throws ClusterError when any other part cannot be read: half a picture would be a wrong one.
 */
export async function loadCluster(
  choice: ClusterChoice = {},
  onRead: OnRead = () => {},
): Promise<LoadResult> {
  const api = await connect(choice);
  const readOne = (raw: RawMapping): ReadObject => {
    const read = readObject(raw);
    onRead(read, raw);
    return read;
  };
  const objects: ModelObject[] = [];
  const remnants: Policy[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const resource of RESOURCES) {
    for (const read of (await listAll(api, resource, readOne)).items) {
      diagnostics.push(...read.diagnostics);
      if (read.outcome.is === 'model') objects.push(read.outcome.object);
      else if (read.outcome.is === 'rejected' && read.outcome.remnant) remnants.push(read.outcome.remnant);
    }
  }
  const workloads = await listOwners(api, diagnostics);
  const pods = objects.filter((object): object is Pod => object.kind === 'Pod');
  const complete = [
    ...objects.filter((object) => object.kind !== 'Pod'),
    ...followOwners(pods, workloads).pods,
  ];
  return {
    objects: Object.freeze(complete),
    remnants,
    diagnostics: [...diagnostics, ...policyWarnings(complete)],
    skipped: new Map(),
    madeUp: { addresses: [], nodes: [] },
    places: NO_PLACES,
  };
}

/** Owners only name things in reports, so a server that keeps them to itself does not keep anybody from the rest. */
async function listOwners(api: KubeApi, diagnostics: Diagnostic[]): Promise<Workload[]> {
  const workloads: Workload[] = [];
  for (const resource of OWNER_RESOURCES) {
    for (const { outcome } of await listIfAllowed(api, resource, diagnostics)) {
      if (outcome.is === 'workload') workloads.push(outcome.workload);
    }
  }
  return workloads;
}

async function listIfAllowed(
  api: KubeApi,
  resource: Resource,
  diagnostics: Diagnostic[],
): Promise<readonly ReadObject[]> {
  try {
    return (await listAll(api, resource, (raw) => readObject(raw), METADATA_ONLY)).items;
  } catch (error) {
    if (!(error instanceof ClusterError) || error.diagnostic.code !== 'server-forbids') throw error;
    const { message, expected } = error.diagnostic;
    diagnostics.push(diagnostic('owners-unknown', message, { expected }));
    return [];
  }
}
