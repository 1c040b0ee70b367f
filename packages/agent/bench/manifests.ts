/** The clusters of `bench:compile` as an API server lists them, and the objects whose packets are watched. */
import type { Address, ModelObject, Policy } from '@kncompile/compiler';
import { policyManifest } from '@kncompile/compiler/test/support/policy-manifest.ts';
import { generateCluster, LOCAL_NODE, type Scale } from '../../compiler/bench/generate.ts';
import { namespaceManifest } from '../test/support/api-server/manifests.ts';
import type { Manifest } from '../test/support/api-server/store.ts';
import { CLIENT, PORTS, SERVER } from './network.ts';
import { type PodSize, podManifest } from './pod-manifest.ts';

/** Everything that the server lists, with the two pods and, where there is any policy, the one that judges them. */
export function clusterManifests(scale: Scale, podSize: PodSize): readonly Manifest[] {
  const objects = generateCluster({ ...scale, policies: Math.max(0, scale.policies - 1) });
  return [
    ...objects.map((object) => manifestOf(object, podSize)),
    namespaceManifest('bench', { 'kubernetes.io/metadata.name': 'bench' }),
    watchedPod('server', SERVER, LOCAL_NODE),
    clientPod('client'),
    ...(scale.policies > 0 ? [POLICY] : []),
  ];
}

/** The client; the policy lets it through while its app is `client`. */
export function clientPod(app: 'client' | 'stranger', node = 'node-1'): Manifest {
  return watchedPod(app, CLIENT, node, 'client');
}

function watchedPod(app: string, address: Address, node: string, name = app): Manifest {
  const owner = { kind: 'Deployment', name };
  return podManifest(
    {
      name,
      namespace: 'bench',
      labels: { app },
      addresses: [address],
      node,
      ports: [],
      owner,
    },
    'whole',
  );
}

/** On both pods in both directions. */
const POLICY: Manifest = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'server', namespace: 'bench' },
  spec: {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { app: 'client' } } }],
        ports: ['UDP', 'TCP'].flatMap((protocol) => PORTS.map((port) => ({ protocol, port }))),
      },
    ],
    egress: [{ to: [{ podSelector: {} }] }],
  },
};

function manifestOf(object: ModelObject, podSize: PodSize): Manifest {
  switch (object.kind) {
    case 'Pod':
      return podManifest(object, podSize);
    case 'Namespace':
      return namespaceManifest(object.name, object.labels);
    case 'Node': {
      const addresses = object.addresses.map((address) => ({ type: 'InternalIP', address }));
      const metadata = { name: object.name, labels: object.labels };
      return { apiVersion: 'v1', kind: 'Node', metadata, status: { addresses } };
    }
    default:
      return policyManifest(object satisfies Policy) as unknown as Manifest;
  }
}
