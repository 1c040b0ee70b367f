import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { missingForLab } from '@kncompile/compiler/test/support/lab/requires.ts';
import { skip } from '@kncompile/compiler/test/support/skip.ts';

/** Set where a test file is in a namespace of its own, or on a machine of its own. */
export const MARK = 'KNCOMPILE_TEST_INSIDE';

/**
 * Runs a test file again in a network namespace of its own, which ends with it. True inside; outside the tests have run
 * when it returns false, or what they lack has been said.
 */
export function isInside(url: string): boolean {
  if (process.env[MARK]) return true;
  const missing = missingForLab();
  if (missing) {
    skip(missing, 'namespaces');
    return false;
  }
  const command = ['--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const { status, signal } = spawnSync('unshare', [...command, process.execPath, fileURLToPath(url)], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  });
  if (signal) console.log(`ended by ${signal}`);
  process.exitCode = status ?? 1;
  return false;
}
