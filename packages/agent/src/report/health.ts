import type { AgentView } from './view.ts';

/** Why the kernel does not hold the intent, one line each; none where it does. No names from the cluster. */
export function notReadyReasons(view: AgentView): readonly string[] {
  const problem = view.problem();
  const waiting = view.kinds().filter(({ synced }) => !synced);
  const stats = view.enforcement()?.reconciler.stats;
  return [
    ...(problem === undefined ? [] : [problem]),
    ...(waiting.length === 0 ? [] : [`not listed yet: ${waiting.map(({ kind }) => kind).join(', ')}`]),
    ...(stats && !stats.inStep ? ['the last commit has not succeeded'] : []),
  ];
}
