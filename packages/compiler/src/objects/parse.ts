/** One raw object to the model. Lists, files and positions are the business of others. */
import { type Diagnostic, diagnostic, type ObjectRef } from '../errors.ts';
import type { ModelObject, Policy, PolicyKind } from '../model/types.ts';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy } from './admin-policy.ts';
import { readNamespace, readNode } from './cluster-objects.ts';
import { readClusterNetworkPolicy } from './cluster-policy.ts';
import { type Identity, readIdentity, type Scope } from './identity.ts';
import { readNetworkPolicy } from './network-policy.ts';
import type { Origin } from './origin.ts';
import { readPod } from './pod.ts';
import type { RawMapping } from './raw.ts';
import { formatPath, quote, type Reader } from './report.ts';
import { isMapping } from './shape.ts';
import { readWorkload, WORKLOAD_KINDS, type Workload, type WorkloadKind } from './workload.ts';

/** What an object turned out to be. Problems are in `diagnostics` whatever the outcome. */
export interface ReadObject {
  readonly outcome:
    | { readonly is: 'model'; readonly object: ModelObject }
    | { readonly is: 'workload'; readonly workload: Workload }
    /** Broken (S50); `remnant` is what is left of a policy when each part that is broken fails closed. */
    | { readonly is: 'rejected'; readonly remnant: Policy | undefined }
    /** Of a kind that there is no use for. */
    | { readonly is: 'skipped'; readonly kind: string };
  /** Undefined when the object has no usable name. */
  readonly ref: ObjectRef | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

type Entry = {
  readonly apiVersion: string;
  readonly scope: Scope;
} & (
  | { readonly read: (raw: RawMapping, identity: Identity, reader: Reader) => ModelObject | undefined }
  | { readonly workload: WorkloadKind }
);

const POLICY_GROUPS = ['networking.k8s.io', 'policy.networking.k8s.io'];
const V1ALPHA1 = 'policy.networking.k8s.io/v1alpha1';
const V1ALPHA2 = 'policy.networking.k8s.io/v1alpha2';

const WORKLOAD_API: Readonly<Record<WorkloadKind, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  ReplicationController: 'v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
};

const KINDS: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  ['Pod', { apiVersion: 'v1', scope: 'namespaced', read: readPod }],
  ['Namespace', { apiVersion: 'v1', scope: 'cluster', read: readNamespace }],
  ['Node', { apiVersion: 'v1', scope: 'cluster', read: readNode }],
  ['NetworkPolicy', { apiVersion: 'networking.k8s.io/v1', scope: 'namespaced', read: readNetworkPolicy }],
  ['AdminNetworkPolicy', { apiVersion: V1ALPHA1, scope: 'cluster', read: readAdminNetworkPolicy }],
  [
    'BaselineAdminNetworkPolicy',
    { apiVersion: V1ALPHA1, scope: 'cluster', read: readBaselineAdminNetworkPolicy },
  ],
  ['ClusterNetworkPolicy', { apiVersion: V1ALPHA2, scope: 'cluster', read: readClusterNetworkPolicy }],
  ...WORKLOAD_KINDS.map((kind): [string, Entry] => [
    kind,
    { apiVersion: WORKLOAD_API[kind], scope: 'namespaced', workload: kind },
  ]),
]);

export const POLICY_KINDS: ReadonlySet<string> = new Set<PolicyKind>([
  'NetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
  'ClusterNetworkPolicy',
]);

/**
 * Reads one object of whatever kind, from a file (`origin` gives positions) or from elsewhere. Never throws, whatever
 * `raw` holds.
 */
export function readObject(raw: unknown, origin?: Origin): ReadObject {
  const diagnostics: Diagnostic[] = [];
  let rejected = false;
  let ref: ObjectRef | undefined;
  const reader: Reader = {
    sourceOf: (path) => origin?.sourceOf(path, 'value'),
    report: (code, path, message, expected, part = 'value') => {
      const source = origin?.sourceOf(path, part);
      const made = diagnostic(code, message, {
        expected,
        object: ref,
        field: formatPath(path),
        source,
        excerpt: source && origin?.excerptOf(source),
      });
      rejected ||= made.severity === 'error';
      diagnostics.push(made);
    },
  };
  const done = (outcome: ReadObject['outcome']): ReadObject => ({ outcome, ref, diagnostics });

  const kind = checkKind(raw, reader);
  if (kind === undefined || !isMapping(raw)) return done({ is: 'rejected', remnant: undefined });
  const entry = KINDS.get(kind);
  if (!entry || !checkApiVersion(kind, entry, raw['apiVersion'], reader)) {
    return done(rejected ? { is: 'rejected', remnant: undefined } : { is: 'skipped', kind });
  }
  ref = guessRef(kind, entry.scope, raw);
  const identity = readIdentity(kind, entry.scope, raw, reader);
  if (!identity) return done({ is: 'rejected', remnant: undefined });
  if ('workload' in entry) {
    const workload = readWorkload(entry.workload, raw, identity, reader);
    return done(
      workload && !rejected ? { is: 'workload', workload } : { is: 'rejected', remnant: undefined },
    );
  }
  const object = entry.read(raw, identity, reader);
  if (object && !rejected) return done({ is: 'model', object });
  return done({ is: 'rejected', remnant: object && isPolicy(object) ? object : undefined });
}

/** Names the object in messages before its metadata is known to be good. */
function guessRef(kind: string, scope: Scope, raw: RawMapping): ObjectRef | undefined {
  const metadata = raw['metadata'];
  if (!isMapping(metadata) || typeof metadata['name'] !== 'string' || metadata['name'] === '') {
    return undefined;
  }
  const namespace = typeof metadata['namespace'] === 'string' ? metadata['namespace'] : '';
  return { kind, namespace: scope === 'cluster' ? '' : namespace || 'default', name: metadata['name'] };
}

function checkKind(raw: unknown, reader: Reader): string | undefined {
  if (!isMapping(raw)) {
    reader.report('not-an-object', [], `this is ${quote(raw)}`, 'a Kubernetes object');
    return undefined;
  }
  const kind = raw['kind'];
  if (typeof kind === 'string' && kind !== '') return kind;
  if (kind === undefined || kind === null || kind === '') {
    reader.report('kind-missing', [], 'this object has no kind', 'apiVersion and kind');
  } else {
    reader.report('field-type', ['kind'], `kind is ${quote(kind)}`, 'a string');
  }
  return undefined;
}

/** Whether the version is one that is read. A policy in another one would be missed silently, so that is an error. */
function checkApiVersion(kind: string, entry: Entry, apiVersion: unknown, reader: Reader): boolean {
  if (apiVersion === entry.apiVersion) return true;
  if (apiVersion === undefined || apiVersion === null || apiVersion === '') {
    reader.report('api-version-missing', [], `this ${kind} has no apiVersion`, entry.apiVersion);
  } else if (typeof apiVersion !== 'string') {
    reader.report('field-type', ['apiVersion'], `apiVersion is ${quote(apiVersion)}`, 'a string');
  } else if (POLICY_KINDS.has(kind) && POLICY_GROUPS.includes(apiVersion.split('/')[0] ?? '')) {
    reader.report(
      'api-version-unknown',
      ['apiVersion'],
      `${kind} is not read in apiVersion ${quote(apiVersion)}`,
      entry.apiVersion,
    );
  }
  return false;
}

export function isPolicy(object: ModelObject): object is Policy {
  return 'tier' in object;
}

export interface ParseResult {
  /** Absent when the object is broken, or of a kind that is not in the model. */
  readonly object?: ModelObject;
  /**
   * For a policy that is broken: what still must hold of it so that nothing opens (S50). It isolates and denies as
   * far as it could be read, and allows nothing through a broken rule.
   */
  readonly remnant?: Policy;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one object for the model, for example from a watch event. Never throws. */
export function parseObject(raw: unknown, origin?: Origin): ParseResult {
  const { outcome, diagnostics } = readObject(raw, origin);
  if (outcome.is === 'model') return { object: outcome.object, diagnostics };
  if (outcome.is === 'rejected' && outcome.remnant) return { remnant: outcome.remnant, diagnostics };
  return { diagnostics };
}
