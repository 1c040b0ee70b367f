/** Which cluster to talk to, and as whom: the rules that kubectl follows. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { quote } from '../report.ts';
import { ClusterError } from './cluster-error.ts';

export interface ClusterChoice {
  /** File instead of KUBECONFIG, ~/.kube/config and the service account of a pod. */
  readonly kubeconfig?: string | undefined;
  /** Instead of the current context. */
  readonly context?: string | undefined;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** @throws ClusterError when no cluster is configured, or not properly. */
export async function loadKubeConfig(choice: ClusterChoice): Promise<KubeConfig> {
  const config = await readConfig(choice.kubeconfig);
  if (choice.context !== undefined) config.setCurrentContext(choice.context);
  const name = config.getCurrentContext();
  const context = name ? config.getContextObject(name) : null;
  if (!context) {
    const names = config.getContexts().map((one) => one.name);
    const message = name
      ? `the kubeconfig has no context ${quote(name)}`
      : 'the kubeconfig has no current context';
    throw new ClusterError(
      'context-unknown',
      message,
      names.length > 0 ? `--context ${names.join(' or ')}` : undefined,
    );
  }
  if (!config.getCurrentCluster()) {
    throw new ClusterError(
      'kubeconfig-invalid',
      `the context ${quote(name)} names a cluster that the kubeconfig lacks`,
    );
  }
  // The library wants this set for plain http, where there is no TLS to verify.
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
  return config;
}

async function readConfig(explicit: string | undefined): Promise<KubeConfig> {
  // Loaded only here: the library takes longer to load than most files take to compile.
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  const files = configFiles(explicit);
  if (files.length > 0) {
    for (const file of files) merge(config, readFile(new client.KubeConfig(), file));
  } else if (process.env['KUBERNETES_SERVICE_HOST'] && existsSync(SERVICE_ACCOUNT_TOKEN)) {
    config.loadFromCluster();
  } else {
    throw new ClusterError(
      'kubeconfig-missing',
      'no cluster is configured',
      '-f with files, --kubeconfig, KUBECONFIG, ~/.kube/config, or a pod with a service account',
    );
  }
  return config;
}

function configFiles(explicit: string | undefined): string[] {
  if (explicit !== undefined) {
    if (existsSync(explicit)) return [explicit];
    throw new ClusterError('kubeconfig-missing', `the kubeconfig ${quote(explicit)} does not exist`);
  }
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const files = listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')];
  return files.filter((file) => existsSync(file));
}

function readFile(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
    return config;
  } catch (error) {
    throw new ClusterError(
      'kubeconfig-invalid',
      `the kubeconfig ${quote(file)} cannot be read: ${(error as Error).message}`,
    );
  }
}

/** Of two entries with one name the first counts, as with kubectl. */
function merge(config: KubeConfig, other: KubeConfig): void {
  config.clusters = firstOfEach([...config.clusters, ...other.clusters]);
  config.users = firstOfEach([...config.users, ...other.users]);
  config.contexts = firstOfEach([...config.contexts, ...other.contexts]);
  if (!config.currentContext && other.currentContext) config.setCurrentContext(other.currentContext);
}

function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter((entry, index) => entries.findIndex(({ name }) => name === entry.name) === index);
}
