import { openSession } from '@kncompile/compiler';
import type { AgentConfig } from '../config/config.ts';
import { StatusApi } from './status-api.ts';
import { type StatusParts, StatusWriter } from './status-writer.ts';

/**
 * Undefined where the cluster is not to be told, or where there is none.
 * @throws ClusterError when no cluster is configured, or not properly
 */
export async function openStatus(
  { source, status, nodeName }: AgentConfig,
  parts: Omit<StatusParts, 'api' | 'node'>,
): Promise<StatusWriter | undefined> {
  if (status === 'off' || source.kind === 'files') return undefined;
  const session = await openSession({ kubeconfig: source.kubeconfig });
  return new StatusWriter({ ...parts, node: nodeName, api: new StatusApi(session) });
}
