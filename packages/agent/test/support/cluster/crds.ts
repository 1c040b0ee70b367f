/** Definitions of the optional kinds that take any object: what a policy may hold is not these tests' question. */
import { RESOURCES } from '@kncompile/compiler';

export const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export const CRDS: readonly object[] = RESOURCES.filter(({ optional }) => optional).map(
  ({ kind, plural, apiVersion }) => {
    const [group, version] = apiVersion.split('/');
    const schema = {
      openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    };
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: {
        name: `${plural}.${group}`,
        // The server asks for this on groups that belong to Kubernetes.
        annotations: { 'api-approved.kubernetes.io': 'unapproved, a test' },
      },
      spec: {
        group,
        scope: 'Cluster',
        names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
        versions: [{ name: version, served: true, storage: true, schema }],
      },
    };
  },
);
