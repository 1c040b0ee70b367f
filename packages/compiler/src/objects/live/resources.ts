import type { Resource } from './list.ts';

const V1ALPHA1 = 'policy.networking.k8s.io/v1alpha1';
const V1ALPHA2 = 'policy.networking.k8s.io/v1alpha2';

/** The kinds that a cluster is made of, each listed and watched as a whole. */
export const RESOURCES: readonly Resource[] = [
  { kind: 'Namespace', apiVersion: 'v1', plural: 'namespaces', optional: false },
  { kind: 'Node', apiVersion: 'v1', plural: 'nodes', optional: false },
  { kind: 'Pod', apiVersion: 'v1', plural: 'pods', optional: false },
  { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1', plural: 'networkpolicies', optional: false },
  { kind: 'AdminNetworkPolicy', apiVersion: V1ALPHA1, plural: 'adminnetworkpolicies', optional: true },
  {
    kind: 'BaselineAdminNetworkPolicy',
    apiVersion: V1ALPHA1,
    plural: 'baselineadminnetworkpolicies',
    optional: true,
  },
  { kind: 'ClusterNetworkPolicy', apiVersion: V1ALPHA2, plural: 'clusternetworkpolicies', optional: true },
];

/** What stands between pods and the workloads that an admin knows; of these only the metadata is asked for. */
export const OWNER_RESOURCES: readonly Resource[] = [
  { kind: 'ReplicaSet', apiVersion: 'apps/v1', plural: 'replicasets', optional: false },
  { kind: 'Job', apiVersion: 'batch/v1', plural: 'jobs', optional: false },
];
