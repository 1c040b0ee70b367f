import { formatCidr } from '@kncompile/compiler';
import { compileOptionsOf } from '../config/config.ts';
import { notReadyReasons } from './health.ts';
import type { AgentView } from './view.ts';

/** All that the agent knows of itself, for people: no stable format. Times in seconds where the name says so, else milliseconds. */
export function debugState(view: AgentView): Readonly<Record<string, unknown>> {
  const reconciler = view.reconciler();
  const { source, resolveTimeout, logDenied, podCidrs } = view.config;
  const options = { ...compileOptionsOf(view.config), podCidrs: podCidrs.map(formatCidr) };
  return {
    ready: view.isReady(),
    notReady: notReadyReasons(view),
    config: { ...options, source, resolveTimeout, logDenied },
    sources: view.kinds(),
    size: reconciler?.size(),
    reconcile: reconciler?.stats,
    process: {
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      rssBytes: process.memoryUsage.rss(),
      node: process.version,
    },
  };
}
