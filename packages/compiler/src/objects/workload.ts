/** The objects that make pods. They are no part of the model: what counts are their pods and who owns whom. */
import type { Labels, NamedPort, Owner, Source } from '../model/types.ts';
import type { Identity } from './identity.ts';
import { readLabels } from './labels.ts';
import { controllerOf, type RawControlled, type RawPodSpec, readNamedPorts } from './pod.ts';
import type { RawMapping } from './raw.ts';
import type { Path, Reader } from './report.ts';
import { reportSchemaErrors } from './shape.ts';
import { validators } from './validators.gen.ts';

export const WORKLOAD_KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** What a pod takes over from its template. */
export interface PodTemplate {
  readonly labels: Labels;
  readonly node: string | undefined;
  readonly hostNetwork: boolean;
  readonly ports: readonly NamedPort[];
}

export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  /** The workload that made this one. */
  readonly controller: Owner | undefined;
  /** How many pods it wants at a time. */
  readonly pods: number | 'one per node';
  readonly template: PodTemplate;
  readonly source: Source | undefined;
}

interface RawTemplate {
  readonly metadata?: { readonly labels?: RawMapping | null } | null;
  readonly spec?: RawPodSpec | null;
}

interface RawJobSpec {
  readonly parallelism?: number | null;
  readonly completions?: number | null;
  readonly suspend?: boolean | null;
  readonly template?: RawTemplate | null;
}

/** What the schemas `workload`, `job` and `cronJob` promise between them. */
interface RawWorkload {
  readonly metadata?: RawControlled;
  readonly spec?:
    | (RawJobSpec & {
        readonly replicas?: number | null;
        readonly jobTemplate?: { readonly spec?: RawJobSpec | null } | null;
      })
    | null;
  readonly status?: {
    readonly completionTime?: string | null;
    readonly conditions?:
      | readonly { readonly type?: string | null; readonly status?: string | null }[]
      | null;
  } | null;
}

export function readWorkload(
  kind: WorkloadKind,
  raw: RawMapping,
  identity: Identity,
  reader: Reader,
): Workload | undefined {
  const validate = validators[kind === 'CronJob' ? 'cronJob' : kind === 'Job' ? 'job' : 'workload'];
  if (!validate(raw)) {
    reportSchemaErrors(validate, [], reader);
    return undefined;
  }
  const workload = raw as RawWorkload;
  const [template, path] = templateOf(kind, workload);
  return Object.freeze({
    kind,
    namespace: identity.namespace,
    name: identity.name,
    controller: controllerOf(workload.metadata),
    pods: podCount(kind, workload),
    template: Object.freeze({
      labels: readLabels(template?.metadata?.labels),
      node: template?.spec?.nodeName || undefined,
      hostNetwork: template?.spec?.hostNetwork === true,
      ports: readNamedPorts(template?.spec ?? {}, [...path, 'spec'], reader),
    }),
    source: identity.source,
  });
}

function templateOf(kind: WorkloadKind, { spec }: RawWorkload): [RawTemplate | null | undefined, Path] {
  if (kind === 'CronJob') {
    return [spec?.jobTemplate?.spec?.template, ['spec', 'jobTemplate', 'spec', 'template']];
  }
  return [spec?.template, ['spec', 'template']];
}

function podCount(kind: WorkloadKind, { spec, status }: RawWorkload): Workload['pods'] {
  switch (kind) {
    case 'DaemonSet':
      return 'one per node';
    case 'Job':
      return isOver(status) ? 0 : jobCount(spec);
    case 'CronJob':
      return spec?.suspend ? 0 : jobCount(spec?.jobTemplate?.spec);
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'ReplicationController':
      return spec?.replicas ?? 1;
  }
}

function jobCount(spec: RawJobSpec | null | undefined): number {
  if (spec?.suspend) return 0;
  const parallelism = spec?.parallelism ?? 1;
  // Without completions any success ends the job, whatever its parallelism; with them there are never more pods.
  return Math.min(parallelism, spec?.completions ?? parallelism);
}

/** A job that is over has no running pods, like a pod that is over (S44). */
function isOver(status: RawWorkload['status']): boolean {
  if (status?.completionTime) return true;
  return (status?.conditions ?? []).some(
    ({ type, status: held }) => held === 'True' && (type === 'Complete' || type === 'Failed'),
  );
}
