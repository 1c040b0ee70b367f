/** Workloads to pods: who owns the pods of the input, and which pods have to be made up. */
import { type Diagnostic, diagnostic } from '../errors.ts';
import type { Node, Owner, Pod } from '../model/types.ts';
import type { Workload } from '../objects/workload.ts';
import { compareText } from '../values/collections.ts';
import { hashText } from '../values/hash.ts';

/**
 * Pods that are made for one workload at most. Replicas of one template differ in nothing that a policy sees, so more
 * of them show nothing new; the bound keeps a mistyped number from exhausting the memory.
 */
export const MAX_PODS_PER_WORKLOAD = 1000;

export interface PodsWithMessages {
  readonly pods: readonly Pod[];
  readonly diagnostics: readonly Diagnostic[];
}

interface OwnedPods {
  readonly pods: readonly Pod[];
  /** The workloads that pods belong to, directly or through others. */
  readonly owning: ReadonlySet<Workload>;
}

/** Pods with the owner at the end of their chain of controllers, as far as the workloads of the input go. */
export function followOwners(pods: readonly Pod[], workloads: readonly Workload[]): OwnedPods {
  const owning = new Set<Workload>();
  if (workloads.length === 0) return { pods, owning };
  const byKey = index(workloads);
  const owned = pods.map((pod) => {
    const owner = endOfChain(pod.namespace, pod.owner, byKey, owning);
    return owner === pod.owner ? pod : Object.freeze({ ...pod, owner });
  });
  return { pods: owned, owning };
}

/**
 * The pods of the input with their owners, and then pods for every workload that owns none of them. A workload that
 * another one of the input controls leaves that to it.
 */
export function completePods(
  pods: readonly Pod[],
  workloads: readonly Workload[],
  nodes: readonly Node[],
): PodsWithMessages {
  if (workloads.length === 0) return { pods, diagnostics: [] };
  const { pods: owned, owning } = followOwners(pods, workloads);
  const byKey = index(workloads);
  const taken = new Set(pods.map((pod) => `${pod.namespace}/${pod.name}`));
  const nodeNames = nodes.map((node) => node.name).sort(compareText);
  const diagnostics: Diagnostic[] = [];
  // Sorted, so that names that collide are given out the same way whatever the order of the input.
  const sorted = [...byKey].sort(([a], [b]) => compareText(a, b));
  const made = sorted.flatMap(([, workload]) => {
    const { controller, namespace } = workload;
    if (owning.has(workload) || (controller && byKey.has(keyOf(namespace, controller)))) return [];
    const count = podCount(workload, nodeNames.length, diagnostics);
    return makePods(workload, count, endOfChain(namespace, workload, byKey), nodeNames, taken);
  });
  return { pods: [...owned, ...made], diagnostics };
}

/** Where no node is known, a daemon still has one pod to show. */
function podCount(workload: Workload, nodes: number, diagnostics: Diagnostic[]): number {
  if (workload.pods === 'one per node') return Math.max(1, nodes);
  if (workload.pods > MAX_PODS_PER_WORKLOAD) diagnostics.push(capped(workload, workload.pods));
  return Math.min(workload.pods, MAX_PODS_PER_WORKLOAD);
}

function index(workloads: readonly Workload[]): Map<string, Workload> {
  return new Map(workloads.map((workload) => [keyOf(workload.namespace, workload), workload]));
}

function keyOf(namespace: string, { kind, name }: Owner): string {
  return `${namespace}/${kind}/${name}`;
}

/** Follows controllers through the workloads of the input, and collects those that are passed. */
function endOfChain(
  namespace: string,
  start: Owner,
  workloads: ReadonlyMap<string, Workload>,
  passed: Set<Workload> = new Set(),
): Owner {
  const seen = new Set<Workload>();
  let owner = start;
  for (;;) {
    const workload = workloads.get(keyOf(namespace, owner));
    if (!workload) break;
    passed.add(workload);
    // Objects that control each other in a circle come only from a file that was tampered with.
    if (!workload.controller || seen.has(workload)) break;
    seen.add(workload);
    owner = workload.controller;
  }
  return owner;
}

function makePods(
  workload: Workload,
  count: number,
  owner: Owner,
  nodes: readonly string[],
  taken: Set<string>,
): Pod[] {
  const { namespace, name, template, source } = workload;
  const firstNode = hashText(keyOf(namespace, workload));
  const pods: Pod[] = [];
  for (let number = 0; pods.length < count; number++) {
    const podName = `${name}-${number}`;
    const key = `${namespace}/${podName}`;
    if (taken.has(key)) continue;
    taken.add(key);
    const index = workload.pods === 'one per node' ? pods.length : firstNode + pods.length;
    pods.push(
      Object.freeze({
        kind: 'Pod',
        namespace,
        name: podName,
        labels: template.labels,
        addresses: Object.freeze([]),
        node: template.node ?? (nodes.length > 0 ? nodes[index % nodes.length] : undefined),
        hostAddresses: Object.freeze([]),
        hostNetwork: template.hostNetwork,
        finished: false,
        ports: template.ports,
        owner: Object.freeze({ kind: owner.kind, name: owner.name }),
        source,
      }),
    );
  }
  return pods;
}

function capped({ kind, namespace, name, source }: Workload, wanted: number): Diagnostic {
  const message = `${wanted} pods are wanted, and ${MAX_PODS_PER_WORKLOAD} are made: the others would be treated like them`;
  return diagnostic('replicas-capped', message, { object: { kind, namespace, name }, source });
}
