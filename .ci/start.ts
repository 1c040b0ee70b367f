/** The main job, shown on an example: what `npm start` runs after set-up. */
import { spawnSync } from 'node:child_process';

const EXAMPLE = 'fixtures/kubernetes-docs';
const MAIN = 'packages/compiler/src/cli/main.mjs';

console.error(`kncompile turns Kubernetes network policies into the nftables ruleset of one node.
Below is what ${EXAMPLE} (the policy of the Kubernetes documentation) means for the node worker-1:

  pnpm -s kncompile --dry-run --stats -f ${EXAMPLE}
`);
const words = ['--dry-run', '--stats', '-f', EXAMPLE];
const { status } = spawnSync(process.execPath, [MAIN, ...words], { stdio: 'inherit' });
console.error(`
Next: the same for your own manifests (-f DIR) or the live cluster (no -f), and pnpm -s kncompile --help.`);
process.exitCode = status ?? 1;
