/**
 * Reconciler and judge in a process of their own, as a node runs them, with real queue workers. Commands come as JSON
 * lines: `{ manifests }`, YAML documents that are the whole cluster from now on, or `{}`. Each is answered by a line of
 * JudgeNodeState. Usage: judge-node-process.ts JSON, the JudgeNodeOptions
 */
import { createInterface } from 'node:readline';
import { LAB_OPTIONS } from '@kncompile/compiler/test/support/lab/enforce.ts';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { openJudge } from '../../../src/judge/open-judge.ts';
import { openQueuePath } from '../../../src/judge/queue-path.ts';
import { connectKernel } from '../../../src/kernel/connect.ts';
import { Reconciler } from '../../../src/reconcile/reconciler.ts';
import type { JudgeNodeOptions, JudgeNodeState } from './judge-node.ts';
import { WantedObjects } from './wanted-objects.ts';

const { resolveTimeout, ...compile } = JSON.parse(process.argv[2] ?? '{}') as JudgeNodeOptions;
const { options } = openQueuePath({ ...LAB_OPTIONS, ...compile });
const { kernel, conntrack } = await connectKernel();
const reconciler = new Reconciler({ options, kernel, conntrack });
let marksConnections = false;
const workers = new Map<number, number>();
const judge = openJudge({
  options,
  source: reconciler,
  resolveTimeout,
  onReport: (report) => {
    marksConnections = report.marksConnections;
  },
  onEvent(event) {
    if (event.kind === 'ready') workers.set(event.queue, event.pid ?? 0);
    else workers.delete(event.queue);
  },
});
const objects = new WantedObjects(reconciler);
await judge.ready;

for await (const line of createInterface({ input: process.stdin })) {
  const { manifests } = JSON.parse(line) as { readonly manifests?: string };
  if (manifests !== undefined) objects.become(readPolicies(manifests));
  await reconciler.settled();
  const { stats } = judge;
  const state: JudgeNodeState = {
    reconcile: reconciler.stats,
    judge: { ...stats, denied: [...stats.denied] },
    workers: [...workers],
    marksConnections,
  };
  process.stdout.write(`${JSON.stringify(state)}\n`);
}
await judge.stop();
await reconciler.stop();
