import { formatCidr } from '@kncompile/compiler';
import { compileOptionsOf } from '../config/config.ts';
import { notReadyReasons } from './health.ts';
import type { AgentView } from './view.ts';

/** All that the agent knows of itself, for people: no stable format. Times in seconds where the name says so, else milliseconds. */
export function debugState(view: AgentView): Readonly<Record<string, unknown>> {
  const {
    reconciler,
    options = compileOptionsOf(view.config),
    deniedLog,
    judge,
    node,
  } = view.enforcement() ?? {};
  const { source, resolveTimeout, podCidrs } = view.config;
  return {
    ready: view.isReady(),
    notReady: notReadyReasons(view),
    settled: reconciler?.isSettled ?? false,
    config: { ...options, podCidrs: podCidrs.map(formatCidr), source, resolveTimeout },
    sources: view.kinds(),
    size: reconciler?.size(),
    reconcile: reconciler?.stats,
    judge: judge && { ...judge.stats, denied: Object.fromEntries(judge.stats.denied) },
    findings: node?.findings,
    denied: deniedLog && Object.fromEntries(deniedLog.byPolicy.entries()),
    process: {
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      rssBytes: process.memoryUsage.rss(),
      node: process.version,
    },
  };
}
