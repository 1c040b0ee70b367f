/**
 * Definitions of the optional kinds that take any specification: what a policy may hold is not these tests' question. The
 * status is what the kinds' own definitions say, as agents write it.
 */
import { RESOURCES } from '@kncompile/compiler';

export const CRD_PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const CONDITION = {
  type: 'object',
  required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
  properties: {
    lastTransitionTime: { type: 'string', format: 'date-time' },
    message: { type: 'string', maxLength: 32_768 },
    observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    reason: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
    },
    status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
    type: {
      type: 'string',
      maxLength: 316,
      pattern:
        '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$',
    },
  },
};

const STATUS = {
  type: 'object',
  required: ['conditions'],
  properties: {
    conditions: {
      type: 'array',
      items: CONDITION,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    },
  },
};

export const CRDS: readonly object[] = RESOURCES.filter(({ optional }) => optional).map(
  ({ kind, plural, apiVersion }) => {
    const [group, version] = apiVersion.split('/');
    const schema = {
      openAPIV3Schema: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        properties: { status: STATUS },
      },
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
        versions: [{ name: version, served: true, storage: true, schema, subresources: { status: {} } }],
      },
    };
  },
);
