/** What the commands of the analysis print on fixtures: one line of a table is one golden file. */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CHECKOUT } from './checkout.ts';
import { runHere } from './in-process.ts';

/** One command line and the file that holds what it prints. A table of them is a file of `golden-cases/`. */
export interface CommandCase {
  /** Below `fixtures/analysis`, as in `list/shop.json`. What stderr gets is in `list/shop.json.messages`. */
  readonly file: string;
  /** What follows `kncompile` at the top of the checkout. */
  readonly args: readonly string[];
  /** The exit code, if not 0. */
  readonly exits?: number;
}

export interface CommandOutput {
  readonly stdout: string;
  readonly messages: string;
  readonly code: number | null;
}

const FOLDER = join(CHECKOUT, 'fixtures/analysis');
const TABLES = join(import.meta.dirname, '../analysis/golden-cases');

/** The cases of all tables: each file of `golden-cases/` exports its own as `CASES`. */
export async function commandCases(): Promise<readonly CommandCase[]> {
  const tables = globSync('*.ts', { cwd: TABLES }).sort();
  const cases = await Promise.all(
    tables.map(async (table) => {
      const { CASES } = (await import(join(TABLES, table))) as { CASES: readonly CommandCase[] };
      return CASES;
    }),
  );
  return cases.flat();
}

export async function runCase({ args }: CommandCase): Promise<CommandOutput> {
  const { stdout, stderr, code } = await runHere(args);
  return { stdout, messages: stderr, code };
}

/** What the files expect. */
export function readCase({ file, exits = 0 }: CommandCase): CommandOutput {
  return { stdout: textOf(file), messages: textOf(messagesOf(file)), code: exits };
}

export function writeCase({ file }: CommandCase, { stdout, messages }: CommandOutput): void {
  mkdirSync(dirname(join(FOLDER, file)), { recursive: true });
  writeFileSync(join(FOLDER, file), stdout);
  const beside = join(FOLDER, messagesOf(file));
  if (messages === '') rmSync(beside, { force: true });
  else writeFileSync(beside, messages);
}

/** Golden files that no case has any more. */
export function strayFiles(cases: readonly CommandCase[]): string[] {
  const known = new Set(cases.flatMap(({ file }) => [file, messagesOf(file)]));
  const files = globSync('**/*', { cwd: FOLDER, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name).slice(FOLDER.length + 1))
    .filter((file) => !known.has(file))
    .sort();
}

function messagesOf(file: string): string {
  return `${file}.messages`;
}

function textOf(file: string): string {
  const path = join(FOLDER, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
