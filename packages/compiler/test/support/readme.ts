import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { MAIN } from './golden.ts';
import { run } from './subprocess.ts';

export const README = join(CHECKOUT, 'README.md');

/** A block that shows one command and what it prints. */
const SESSION = /(```console\n\$ (.*)\n)[^`]*```/g;

/** The README with what its commands print now. */
export async function realReadme(): Promise<string> {
  let text = readFileSync(README, 'utf8');
  for (const [session, head, command] of text.matchAll(SESSION)) {
    const output = await outputOf(command as string);
    text = text.replace(session, () => `${head}${output}\`\`\``);
  }
  return text;
}

/** `kncompile` as the README starts it needs pnpm; this does not. */
async function outputOf(command: string): Promise<string> {
  const script = command.replaceAll('pnpm -s kncompile', `"${process.execPath}" "${MAIN}"`);
  const { code, stdout, stderr } = await run('bash', ['-c', `set -o pipefail; ${script}`], { cwd: CHECKOUT });
  if (code !== 0 || stderr !== '' || stdout === '')
    throw new Error(`${command}: exit code ${code}: ${stderr}`);
  return stdout;
}
