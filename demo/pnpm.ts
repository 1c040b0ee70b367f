import { spawnSync } from 'node:child_process';

/** What runs the commands that are shown where there is no pnpm: set-up does not install it. */
export const INSTEAD_OF_PNPM = 'npx -y pnpm@10';

export function isPnpmHere(): boolean {
  return spawnSync('sh', ['-c', 'command -v pnpm']).status === 0;
}
