/** Policies with as little around their spec as the reader needs. */

const document = (apiVersion: string, kind: string, metadata: string, spec: string): string =>
  [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    `metadata: ${metadata}`,
    'spec:',
    ...spec.split('\n').map((line) => `  ${line}`),
  ].join('\n');

/** A NetworkPolicy of a namespace. */
export const np = (namespace: string, name: string, spec: string): string =>
  document(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    `{ namespace: ${namespace}, name: ${JSON.stringify(name)} }`,
    spec,
  );

const V1ALPHA1 = 'policy.networking.k8s.io/v1alpha1';

export const anp = (name: string, spec: string): string =>
  document(V1ALPHA1, 'AdminNetworkPolicy', `{ name: ${JSON.stringify(name)} }`, spec);

export const banp = (spec: string, name = 'default'): string =>
  document(V1ALPHA1, 'BaselineAdminNetworkPolicy', `{ name: ${name} }`, spec);

export const cnp = (name: string, spec: string): string =>
  document(
    'policy.networking.k8s.io/v1alpha2',
    'ClusterNetworkPolicy',
    `{ name: ${JSON.stringify(name)} }`,
    spec,
  );

/** A running pod on node-1 with one IPv4 address; `labels` and `ports` in YAML. */
export const pod = (namespace: string, name: string, address: string, labels = '{}', ports = '[]'): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: { namespace: ${namespace}, name: ${name}, labels: ${labels} }`,
    `spec: { nodeName: node-1, containers: [{ name: c, ports: ${ports} }] }`,
    `status: { podIPs: [{ ip: "${address}" }] }`,
  ].join('\n');
