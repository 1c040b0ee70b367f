/** The manifests as a user applies them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1ClusterRole, V1DaemonSet } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';

export const MANIFESTS = join(import.meta.dirname, '../../../../manifests');

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

export function objectsIn(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((object) => object !== null);
}

export function objectsOf(file: string): readonly KubernetesObject[] {
  return objectsIn(readFileSync(join(MANIFESTS, file), 'utf8'));
}

export function daemonSetOf(file: string): V1DaemonSet {
  return objectsOf(file).find(({ kind }) => kind === 'DaemonSet') as V1DaemonSet;
}

export function rolesOf(file: string): readonly V1ClusterRole[] {
  return objectsOf(file).filter(({ kind }) => kind === 'ClusterRole') as V1ClusterRole[];
}

/** Plurals of what the manifests hold. */
const PLURALS: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  DaemonSet: 'daemonsets',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};

/** Where an object of the manifests is created. */
export function collectionOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${within}/${PLURALS[kind]}`;
}
