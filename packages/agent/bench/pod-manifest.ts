import type { Pod } from '@kncompile/compiler';
import type { Manifest } from '../test/support/api-server/store.ts';

const TIME = '2026-01-01T00:00:00Z';
const CONDITIONS = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

type PodFacts = Pick<Pod, 'name' | 'namespace' | 'labels' | 'addresses' | 'node' | 'ports' | 'owner'>;

/** `whole`: as a server tells it, about 3 kB; `bare`: only what policies look at. */
export type PodSize = 'whole' | 'bare';

/** A pod of a Deployment. */
export function podManifest(pod: PodFacts, size: PodSize): Manifest {
  if (size === 'bare') return bareManifest(pod);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(pod),
    spec: specOf(pod),
    status: statusOf(pod),
  };
}

function metadataOf({ name, namespace, labels, owner }: PodFacts) {
  const fieldsOfConditions = CONDITIONS.map((type) => [
    `k:{"type":"${type}"}`,
    { '.': {}, 'f:lastProbeTime': {}, 'f:lastTransitionTime': {}, 'f:status': {}, 'f:type': {} },
  ]);
  return {
    name,
    namespace,
    labels,
    generateName: `${owner.name}-`,
    uid: '0a1b2c3d-0000-4000-8000-123456789abc',
    creationTimestamp: TIME,
    annotations: { 'example.com/configuration': 'c0ffee'.repeat(10) },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: `${owner.name}-5d4f8`,
        uid: '0a1b2c3d-0000-4000-8000-123456789abd',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: [
      {
        manager: 'kubelet',
        operation: 'Update',
        apiVersion: 'v1',
        time: TIME,
        fieldsType: 'FieldsV1',
        subresource: 'status',
        fieldsV1: {
          'f:status': {
            'f:conditions': Object.fromEntries(fieldsOfConditions),
            'f:containerStatuses': {},
            'f:hostIP': {},
            'f:phase': {},
            'f:podIP': {},
            'f:podIPs': {},
            'f:startTime': {},
          },
        },
      },
    ],
  };
}

function specOf({ node, ports, owner }: PodFacts): object {
  const probe = (path: string): object => ({
    httpGet: { path, port: 'http', scheme: 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 1,
    failureThreshold: 3,
  });
  return {
    nodeName: node,
    containers: [
      {
        name: 'main',
        image: `registry.example/team/${owner.name}:1.2.3`,
        ports: ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })),
        env: ['HOST', 'LEVEL', 'REGION'].map((name) => ({ name, value: `value of ${name}` })),
        resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
        livenessProbe: probe('/healthz'),
        readinessProbe: probe('/readyz'),
        volumeMounts: [
          { name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
        ],
        terminationMessagePath: '/dev/termination-log',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    volumes: [
      {
        name: 'token',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token' } }] },
      },
    ],
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    tolerations: ['not-ready', 'unreachable'].map((why) => ({
      key: `node.kubernetes.io/${why}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
  };
}

function statusOf({ addresses, owner }: PodFacts): object {
  return {
    phase: 'Running',
    podIP: addresses[0],
    podIPs: addresses.map((ip) => ({ ip })),
    startTime: TIME,
    qosClass: 'Burstable',
    conditions: CONDITIONS.map((type) => ({
      type,
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: TIME,
    })),
    containerStatuses: [
      {
        name: 'main',
        ready: true,
        started: true,
        restartCount: 0,
        image: `registry.example/team/${owner.name}:1.2.3`,
        imageID: `registry.example/team/${owner.name}@sha256:${'0123456789abcdef'.repeat(4)}`,
        containerID: `containerd://${'fedcba9876543210'.repeat(4)}`,
        state: { running: { startedAt: TIME } },
      },
    ],
  };
}

function bareManifest({ name, namespace, labels, addresses, node, ports }: PodFacts): Manifest {
  const named = ports.map((port) => ({ name: port.name, containerPort: port.port, protocol: port.protocol }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: { nodeName: node, containers: [{ name: 'main', ports: named }] },
    status: { phase: 'Running', podIPs: addresses.map((ip) => ({ ip })) },
  };
}
