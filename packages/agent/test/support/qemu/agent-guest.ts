/** The agent's bundle in the virtual machine with Debian's kernel. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type QemuRun, runInQemu } from '@kncompile/compiler/test/support/qemu/qemu.ts';
import { bundle } from '../../../scripts/bundle.ts';

const FUNCTIONS = [
  new URL(import.meta.resolve('@kncompile/compiler/test/support/qemu/ipvs-node.sh')),
  new URL('./agent.sh', import.meta.url),
];

/**
 * Runs a script with the functions of ipvs-node.sh and agent.sh, and with `settings` as variables. From the bundle the agent starts in
 * half the time there.
 */
export async function runAgentInQemu(
  script: URL,
  settings: Readonly<Record<string, string>>,
  modules: readonly string[],
): Promise<QemuRun> {
  const agent = bundleFolder();
  try {
    await bundle(agent);
    const text = [
      'set -e',
      ...Object.entries({ ...settings, AGENT: `${agent}/agent.js` }).map(
        ([name, value]) => `${name}='${value}'`,
      ),
      ...[...FUNCTIONS, script].map((file) => readFileSync(file, 'utf8')),
    ].join('\n');
    return await runInQemu(text, { modules });
  } finally {
    rmSync(agent, { recursive: true });
  }
}

/** Within the package, where ffi-rs is found. */
function bundleFolder(): string {
  const dist = join(import.meta.dirname, '../../../dist');
  mkdirSync(dist, { recursive: true });
  return mkdtempSync(join(dist, 'qemu-test-'));
}
