/**
 * The reconciler in a process of its own, as a node runs it. Commands come as JSON lines: `{ manifests }`, YAML documents
 * that are the whole cluster from now on, or `{ check: true }`. Each is answered by a line with the statistics, when the
 * kernel holds the intent. Usage: node-process.ts [MARK-MASK]
 */
import { createInterface } from 'node:readline';
import { LAB_OPTIONS } from '@kncompile/compiler/test/support/lab/enforce.ts';
import { readPolicies } from '@kncompile/compiler/test/support/lab/manifests.ts';
import { connectKernel } from '../../../src/kernel/connect.ts';
import { Reconciler } from '../../../src/reconcile/reconciler.ts';
import { WantedObjects } from './wanted-objects.ts';

const { kernel, conntrack } = await connectKernel();
const markMask = Number(process.argv[2] ?? LAB_OPTIONS.markMask);
const reconciler = new Reconciler({ options: { ...LAB_OPTIONS, markMask }, kernel, conntrack });
const objects = new WantedObjects(reconciler);

for await (const line of createInterface({ input: process.stdin })) {
  const { manifests } = JSON.parse(line) as { readonly manifests?: string };
  if (manifests === undefined) await reconciler.check();
  else objects.become(readPolicies(manifests));
  await reconciler.settled();
  process.stdout.write(`${JSON.stringify(reconciler.stats)}\n`);
}
await reconciler.stop();
