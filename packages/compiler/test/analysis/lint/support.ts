import { type Filter, NO_FILTER } from '../../../src/analysis/filter.ts';
import type { Finding } from '../../../src/analysis/lint/finding.ts';
import { lint } from '../../../src/analysis/lint/lint.ts';
import { loadFiles } from '../../../src/cluster/load.ts';

/** What lint finds in YAML documents. */
export async function lintYaml(text: string, filter: Filter = NO_FILTER): Promise<readonly Finding[]> {
  return lint(await loadFiles(['-'], { stdin: async () => Buffer.from(text) }), filter);
}

/** The messages of one rule, each with its severity where that is not the rule's usual one. */
export async function found(rule: string, ...documents: readonly string[]): Promise<string[]> {
  const findings = await lintYaml(documents.join('\n---\n'));
  return findings.filter((finding) => finding.rule === rule).map(({ message }) => message);
}

/** Documents in as few words as they take. */
export const workload = (namespace: string, name: string, more = '', pod = ''): string =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: ${namespace}}, spec: {replicas: 1, ` +
  `template: {metadata: {labels: {app: ${name}${more}}}, spec: {${pod}}}}}`;
export const network = (namespace: string, name: string, spec: string): string =>
  `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: ${name}, namespace: ${namespace}}, spec: {${spec}}}`;
export const admin = (name: string, priority: number, rules: string, subject = 'namespaces: {}'): string =>
  `{apiVersion: policy.networking.k8s.io/v1alpha1, kind: AdminNetworkPolicy, metadata: {name: ${name}}, ` +
  `spec: {priority: ${priority}, subject: {${subject}}, ${rules}}}`;
export const baseline = (rules: string): string =>
  `{apiVersion: policy.networking.k8s.io/v1alpha1, kind: BaselineAdminNetworkPolicy, metadata: {name: default}, ` +
  `spec: {subject: {namespaces: {}}, ${rules}}}`;
export const namespace = (name: string, labels: string): string =>
  `{apiVersion: v1, kind: Namespace, metadata: {name: ${name}, labels: {${labels}}}}`;
