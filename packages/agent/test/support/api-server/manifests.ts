/** Short spellings of the objects that tests put into a cluster. */
import type { Manifest } from './store.ts';

type Labels = Readonly<Record<string, string>>;

export function podManifest(name: string, ip: string, labels: Labels = {}, node = 'node-a'): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'example' }] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  };
}

export function namespaceManifest(name: string, labels: Labels = {}): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

/** Isolates the pods with this label, and allows what `ingress` says. */
export function policyManifest(name: string, app: string, ingress: unknown = []): Manifest {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'default' },
    spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'], ingress },
  };
}

export function adminPolicyManifest(name: string, priority: number, ingress: unknown = []): Manifest {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind: 'AdminNetworkPolicy',
    metadata: { name },
    spec: { priority, subject: { namespaces: {} }, ingress },
  };
}
