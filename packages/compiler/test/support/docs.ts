import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { runHere } from './in-process.ts';
import { wordsOf } from './words.ts';

/** Pages below docs/, as paths from the top of the checkout. */
export function docsPages(): string[] {
  return globSync('docs/**/*.md', { cwd: CHECKOUT }).sort();
}

/** A block that shows one command and what it prints on stdout. */
const SESSION = /(```console\n\$ kncompile (.*)\n)[^`]*```/g;

/** A page with what its commands print now. */
export async function realPage(page: string): Promise<string> {
  let text = readFileSync(join(CHECKOUT, page), 'utf8');
  for (const [session, head, line] of text.matchAll(SESSION)) {
    const { code, stdout, stderr } = await runHere(wordsOf(line as string));
    if (code === 2) throw new Error(`${page}: kncompile ${line}: exit code 2: ${stderr}`);
    text = text.replace(session, () => `${head}${stdout}\`\`\``);
  }
  return text;
}
