import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { runNode } from './subprocess.ts';

/**
 * A golden case: a folder `fixtures/<name>` with
 * - `about.md`: one sentence, what the case shows;
 * - the input: YAML and JSON files (usually `input.yaml`);
 * - `options.txt`, where needed: more words for the command line;
 * - `ruleset.nft`, and `messages.txt` where there are any: what comes out, written by `pnpm goldens`.
 */
export interface GoldenCase {
  readonly name: string;
  readonly about: string;
  readonly options: readonly string[];
}

/** What the command says about a case. */
export interface GoldenOutput {
  readonly ruleset: string;
  readonly messages: string;
}

export const MAIN = join(CHECKOUT, 'packages/compiler/src/cli/main.ts');
const FIXTURES = join(CHECKOUT, 'fixtures');

export function goldenCases(): GoldenCase[] {
  const folders = readdirSync(FIXTURES, { withFileTypes: true })
    .filter(({ name }) => existsSync(join(FIXTURES, name, 'about.md')))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return folders.map(({ name }) => ({
    name,
    about: textOf(name, 'about.md').trim(),
    options: textOf(name, 'options.txt')
      .split(/\s+/)
      .filter((word) => word !== ''),
  }));
}

/** The command line of a case, as one may type it at the top of the checkout. */
export function goldenCommand({ name, options }: GoldenCase): string[] {
  return ['--dry-run', '-f', `fixtures/${name}`, ...options];
}

export async function compileGolden(golden: GoldenCase): Promise<GoldenOutput> {
  const { stdout, stderr } = await runNode([MAIN, ...goldenCommand(golden)], { cwd: CHECKOUT });
  return { ruleset: stdout, messages: stderr };
}

export function readGolden({ name }: GoldenCase): GoldenOutput {
  return { ruleset: textOf(name, 'ruleset.nft'), messages: textOf(name, 'messages.txt') };
}

export function writeGolden({ name }: GoldenCase, { ruleset, messages }: GoldenOutput): void {
  writeFileSync(join(FIXTURES, name, 'ruleset.nft'), ruleset);
  const file = join(FIXTURES, name, 'messages.txt');
  if (messages === '') rmSync(file, { force: true });
  else writeFileSync(file, messages);
}

function textOf(name: string, file: string): string {
  const path = join(FIXTURES, name, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
