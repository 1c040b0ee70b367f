/** What can be shown on any machine: an example and its ruleset. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { INSTEAD_OF_PNPM, isPnpmHere } from './pnpm.ts';

const CHECKOUT = join(import.meta.dirname, '..');
const EXAMPLE = 'fixtures/kubernetes-docs';
const MAIN = 'packages/compiler/src/cli/main.mjs';

/** Shows it, and says that the demo was left out, and why. Returns the exit code. */
export function dryRun(why: string): number {
  console.error(`kncompile turns Kubernetes network policies into the nftables ruleset of one node.
Below is what ${EXAMPLE} (the policy of the Kubernetes documentation) means for the node worker-1:

  pnpm -s kncompile --dry-run --stats -f ${EXAMPLE}
`);
  const words = ['--dry-run', '--stats', '-f', EXAMPLE];
  const { status } = spawnSync(process.execPath, [MAIN, ...words], { cwd: CHECKOUT, stdio: 'inherit' });
  console.error(`
Left out: the demo, a small cluster in network namespaces with the agent and real connections, because
${why}.

Next: the same for your own manifests (-f DIR) or the live cluster (no -f), and pnpm -s kncompile --help.`);
  if (!isPnpmHere()) console.error(`There is no pnpm here: ${INSTEAD_OF_PNPM} takes its place.`);
  return status ?? 1;
}
